// The live page: one self-contained HTML document that asks only the controller. The build makes it
// of live_page.html, style.css and the scripts beside this file.
#ifndef ROLLPORT_LIVE_PAGE_LIVE_PAGE_H_
#define ROLLPORT_LIVE_PAGE_LIVE_PAGE_H_

#include <string>
#include <string_view>

namespace rollport::live_page {

// The document, in UTF-8.
std::string_view Html();
// The SHA-256 of its one style sheet and its one script, in base64.
std::string_view StyleHash();
std::string_view ScriptHash();

// The Content-Security-Policy to send with it: the page may run and show what it contains, and ask
// its own origin; nothing else.
std::string ContentSecurityPolicy();

}  // namespace rollport::live_page

#endif  // ROLLPORT_LIVE_PAGE_LIVE_PAGE_H_
