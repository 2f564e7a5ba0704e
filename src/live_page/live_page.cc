#include "live_page/live_page.h"

#include "absl/strings/str_cat.h"
#include "base/strings.h"

namespace rollport::live_page {

std::string ContentSecurityPolicy() {
  return absl::StrCat("default-src 'none'; connect-src 'self'; img-src data:; style-src 'sha256-",
                      ToAbsl(StyleHash()), "'; script-src 'sha256-", ToAbsl(ScriptHash()),
                      "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

}  // namespace rollport::live_page
