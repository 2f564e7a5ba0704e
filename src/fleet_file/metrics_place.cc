#include "fleet_file/metrics_place.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "http/chars.h"

namespace rollport::fleet_file {

absl::StatusOr<MetricsPlace> ResolveMetrics(std::string_view text, int slot) {
  const bool by_slot = absl::StrContains(ToAbsl(text), "{slot}");
  const std::string filled = absl::StrReplaceAll(ToAbsl(text), {{"{slot}", absl::StrCat(slot)}});
  absl::string_view rest = filled;
  MetricsPlace place;
  if (absl::ConsumePrefix(&rest, "http://")) {
    const size_t slash = rest.find('/');
    const absl::string_view authority = rest.substr(0, slash);
    rest = slash == rest.npos ? "" : rest.substr(slash);
    if (!absl::EndsWith(authority, ":{port}")) {
      if (!by_slot) {
        return absl::InvalidArgumentError(
            absl::StrCat("\"", ToAbsl(text),
                         "\" has neither {port} nor {slot}, so it would be the same for every "
                         "worker"));
      }
      ASSIGN_OR_RETURN(place.address, os::SocketAddress::Parse(ToStd(authority)));
    }
  }
  place.path = std::string(rest);
  if (!absl::StartsWith(rest, "/") || !http::AllAre(http::kTargetChar, place.path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", ToAbsl(text), "\" is not \"/PATH\" or \"http://ADDRESS:PORT/PATH\""));
  }
  return place;
}

}  // namespace rollport::fleet_file
