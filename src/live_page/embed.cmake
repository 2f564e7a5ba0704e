# Makes one self-contained document of live_page.html, style.css and the scripts, and writes it as a C++ source.
#   cmake -DSOURCE_DIR=… -DSCRIPTS=a.js,b.js -DOUTPUT=embedded.cc -P embed.cmake

# The base64 of a hash that is given as 64 hexadecimal digits: three of them become two characters.
function(to_base64 result hex)
  set(alphabet "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  set(text "")
  foreach(at RANGE 0 63 3)
    string(SUBSTRING "${hex}00" ${at} 3 digits)
    math(EXPR high "0x${digits} >> 6")
    math(EXPR low "0x${digits} & 63")
    string(SUBSTRING "${alphabet}" ${high} 1 first)
    string(SUBSTRING "${alphabet}" ${low} 1 second)
    string(APPEND text "${first}${second}")
  endforeach()
  string(SUBSTRING "${text}" 0 43 text)
  set(${result} "${text}=" PARENT_SCOPE)
endfunction()

file(READ ${SOURCE_DIR}/live_page.html page)
file(READ ${SOURCE_DIR}/style.css style)
string(REPLACE "," ";" scripts "${SCRIPTS}")
set(script "")
foreach(name IN LISTS scripts)
  file(READ ${SOURCE_DIR}/${name} text)
  string(APPEND script "${text}")
endforeach()

# A Content-Security-Policy names what may run by its hash: Content Security Policy Level 3, 2.3.1.
foreach(part style script)
  string(SHA256 hex "${${part}}")
  to_base64(hash "${hex}")
  set(${part}_hash "${hash}")
endforeach()
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")

file(WRITE ${OUTPUT} "// Made by src/live_page/embed.cmake.
#include \"live_page/live_page.h\"

namespace rollport::live_page {

std::string_view Html() { return R\"--page--(${page})--page--\"; }
std::string_view StyleHash() { return \"${style_hash}\"; }
std::string_view ScriptHash() { return \"${script_hash}\"; }

}  // namespace rollport::live_page
")
