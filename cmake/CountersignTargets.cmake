# SPDX-License-Identifier: Apache-2.0
include_guard(GLOBAL)

add_library(countersign_options INTERFACE)
target_compile_options(countersign_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
target_compile_definitions(countersign_options INTERFACE
    QT_NO_CAST_TO_ASCII QT_NO_KEYWORDS QT_NO_FOREACH QT_DISABLE_DEPRECATED_BEFORE=0x060400
    COUNTERSIGN_VERSION="${PROJECT_VERSION}")
target_include_directories(countersign_options INTERFACE ${CMAKE_SOURCE_DIR})
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # GCC 12 reports these for std::optional and std::string of the library itself once it inlines (its bugs 80635 and
    # 105651); the unoptimised build keeps them on.
    target_compile_options(countersign_options INTERFACE -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow
        -Wno-stringop-overread)
endif()
if(COUNTERSIGN_SANITIZE)
    # GCC's flow analysis sees the sanitizers' own code and warns of conversions that the plain build does not have.
    target_compile_options(countersign_options INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
        -fno-sanitize-recover=undefined -Wno-error -Wno-maybe-uninitialized)
    target_link_options(countersign_options INTERFACE -fsanitize=address,undefined)
endif()
find_program(countersign_lld ld.lld)
if(countersign_lld AND CMAKE_BUILD_TYPE STREQUAL "Debug")
    target_link_options(countersign_options INTERFACE -fuse-ld=lld)
endif()

# One floor of the house: every source of its folder (and of the folders in SUBFOLDERS), linked with no more than it may use.
function(countersign_library name)
    cmake_parse_arguments(arg "" "" "SUBFOLDERS;PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
    set(patterns *.cpp)
    set(header_patterns *.h)
    foreach(folder IN LISTS arg_SUBFOLDERS)
        list(APPEND patterns ${folder}/*.cpp)
        list(APPEND header_patterns ${folder}/*.h)
    endforeach()
    file(GLOB sources CONFIGURE_DEPENDS ${patterns})
    file(GLOB headers CONFIGURE_DEPENDS ${header_patterns})
    if(NOT sources)
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE countersign_options ${arg_PUBLIC})
        return()
    endif()
    add_library(${name} STATIC ${sources})
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${CMAKE_SOURCE_DIR} FILES ${headers})
    target_link_libraries(${name} PUBLIC countersign_options ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    target_precompile_headers(${name} PRIVATE <QtCore/QByteArray> <QtCore/QString> <algorithm> <chrono> <functional>
        <memory> <optional> <string> <variant> <vector> ${arg_PRECOMPILE})
endfunction()

# tst_NAME.cpp becomes the ctest NAME, labelled with LABELS. GUI tests run on the offscreen platform.
function(countersign_test source)
    cmake_parse_arguments(arg "GUI;SERIAL" "TIMEOUT" "LINK;LABELS;DEPENDS" ${ARGN})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${arg_LINK} Qt6::Test)
    target_compile_definitions(${name} PRIVATE COUNTERSIGN_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
        COUNTERSIGN_SOURCE_DIR="${CMAKE_SOURCE_DIR}" COUNTERSIGN_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
    # A precompiled header fits only where the same macros are defined: every test has those of all modules, and what
    # stands in another folder, whose path is one of them, goes without.
    if(CMAKE_CURRENT_SOURCE_DIR STREQUAL "${CMAKE_SOURCE_DIR}/tests")
        set(headers core)
        if("countersign_ui" IN_LIST arg_LINK)
            set(headers ui)
        endif()
        target_link_libraries(${name} PRIVATE countersign_test_modules_${headers})
        target_precompile_headers(${name} REUSE_FROM countersign_test_headers_${headers})
    endif()
    if(arg_DEPENDS)
        add_dependencies(${name} ${arg_DEPENDS})
    endif()
    string(REGEX REPLACE "^tst_" "" test_name ${name})
    add_test(NAME ${test_name} COMMAND ${name})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 300)
    endif()
    set(environment QT_QPA_PLATFORM=offscreen QT_QPA_PLATFORMTHEME= QT_LOGGING_RULES=countersign.*.debug=false
        LC_ALL=C.UTF-8 TZ=UTC DBUS_SESSION_BUS_ADDRESS=disabled:)
    set_tests_properties(${test_name} PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}" ENVIRONMENT "${environment}")
    if(arg_SERIAL)
        set_tests_properties(${test_name} PROPERTIES RUN_SERIAL ON)
    endif()
    set_property(GLOBAL APPEND PROPERTY countersign_test_sources ${source})
    set_property(GLOBAL APPEND PROPERTY countersign_test_names ${test_name})
endfunction()
