# SPDX-License-Identifier: Apache-2.0
# cmake -D SOURCE_DIR=… -P check_format.cmake: every tracked C++ file is laid out as .clang-format says.
# Another version of clang-format lays the same code out differently, so version 14 (Debian 12) is asked for by name.
find_program(clang_format NAMES clang-format-14 clang-format)
if(NOT clang_format)
    message(FATAL_ERROR "clang-format 14 is not installed: run ./dev setup, or apt-get install clang-format-14.")
endif()
execute_process(COMMAND ${clang_format} --version OUTPUT_VARIABLE version COMMAND_ERROR_IS_FATAL ANY)
if(NOT version MATCHES "version 14\\.")
    message(FATAL_ERROR "${clang_format} is not version 14 but ${version}Install clang-format-14.")
endif()

execute_process(COMMAND git -c safe.directory=* ls-files -- *.cpp *.h
    WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE files ERROR_QUIET RESULT_VARIABLE git_failed)
if(git_failed)
    file(GLOB_RECURSE files RELATIVE ${SOURCE_DIR} ${SOURCE_DIR}/app/*.cpp ${SOURCE_DIR}/app/*.h ${SOURCE_DIR}/core/*.cpp
        ${SOURCE_DIR}/core/*.h ${SOURCE_DIR}/ui/*.cpp ${SOURCE_DIR}/ui/*.h ${SOURCE_DIR}/tests/*.cpp ${SOURCE_DIR}/tests/*.h)
else()
    string(STRIP "${files}" files)
    string(REPLACE "\n" ";" files "${files}")
endif()
set(present)
foreach(file IN LISTS files)
    if(EXISTS ${SOURCE_DIR}/${file})
        list(APPEND present ${file})
    endif()
endforeach()
list(LENGTH present count)
if(count EQUAL 0)
    message(FATAL_ERROR "No C++ file was found in ${SOURCE_DIR}: the check does not see the sources.")
endif()
execute_process(COMMAND ${clang_format} --dry-run -Werror --style=file ${present}
    WORKING_DIRECTORY ${SOURCE_DIR} RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "Not formatted. Run: ${clang_format} -i FILE")
endif()
message(STATUS "${count} files are formatted.")
