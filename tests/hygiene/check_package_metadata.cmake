# SPDX-License-Identifier: Apache-2.0
# cmake -D SOURCE_DIR=… -D BINARY_DIR=… -P check_package_metadata.cmake: the desktop file, the AppStream metadata and the man
# pages are what their own validators accept, and the icons are readable SVG.
foreach(tool desktop-file-validate appstreamcli groff)
    find_program(${tool}_program ${tool})
    if(NOT ${tool}_program)
        message(FATAL_ERROR "${tool} is not installed: run ./dev setup.")
    endif()
endforeach()

set(packaging ${SOURCE_DIR}/packaging)
set(application app.countersign.Countersign)

execute_process(COMMAND ${desktop-file-validate_program} ${packaging}/${application}.desktop
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
if(failed OR output)
    message(FATAL_ERROR "The desktop file is not valid: ${output}")
endif()

execute_process(COMMAND ${appstreamcli_program} validate --no-net ${packaging}/${application}.metainfo.xml
    OUTPUT_VARIABLE output ERROR_VARIABLE output RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "The AppStream metadata is not valid: ${output}")
endif()

foreach(page countersign countersignctl)
    execute_process(COMMAND ${groff_program} -man -Tutf8 -ww -z ${packaging}/${page}.1
        OUTPUT_QUIET ERROR_VARIABLE output RESULT_VARIABLE failed)
    if(failed OR output)
        message(FATAL_ERROR "The man page ${page}.1 has mistakes: ${output}")
    endif()
endforeach()

# The desktop file, the metadata and the icon must speak of one and the same application.
function(require_text file wanted)
    file(READ ${file} text)
    string(FIND "${text}" "${wanted}" place)
    if(place EQUAL -1)
        message(FATAL_ERROR "\"${wanted}\" is missing from ${file}.")
    endif()
endfunction()
require_text(${packaging}/${application}.desktop "\nExec=countersign\n")
require_text(${packaging}/${application}.desktop "\nIcon=countersign\n")
require_text(${packaging}/${application}.metainfo.xml "<id>${application}</id>")
require_text(${packaging}/${application}.metainfo.xml "<launchable type=\"desktop-id\">${application}.desktop</launchable>")
file(STRINGS ${SOURCE_DIR}/CMakeLists.txt version REGEX "^project\\(")
string(REGEX MATCH "VERSION ([0-9.]+)" version "${version}")
require_text(${packaging}/${application}.metainfo.xml "<release version=\"${CMAKE_MATCH_1}\"")

file(GLOB icons ${SOURCE_DIR}/resources/icons/*.svg)
file(READ ${SOURCE_DIR}/resources/countersign.qrc resource_list)
foreach(icon IN LISTS icons)
    get_filename_component(name ${icon} NAME)
    if(NOT resource_list MATCHES "<file>icons/${name}</file>")
        message(FATAL_ERROR "icons/${name} is not listed in resources/countersign.qrc.")
    endif()
endforeach()
message(STATUS "Desktop file, metadata, man pages and icons are valid.")
