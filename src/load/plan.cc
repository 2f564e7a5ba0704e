#include "load/plan.h"

#include <numeric>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/strings.h"

namespace rollport::load {
namespace {

constexpr int kMaxClients = 100'000;
constexpr double kMaxRate = 1e6;

absl::Status Wrong(std::string_view what) { return absl::InvalidArgumentError(ToAbsl(what)); }

bool HasPort(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  return colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
}

bool IsPrintable(std::string_view text) {
  return text.find_first_not_of(
             "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
             "abcdefghijklmnopqrstuvwxyz{|}~") == std::string_view::npos;
}

absl::Status CheckTimes(const Plan& plan) {
  const struct {
    const char* option;
    absl::Duration value;
    bool zero_allowed;
  } times[] = {{"--duration", plan.duration, false},
               {"--timeout", plan.timeout, false},
               {"--warmup", plan.warmup, true},
               {"--think", plan.habits.think, true},
               {"--idle-interval", plan.habits.idle_interval, false},
               {"--slow-pause", plan.habits.slow_pause, false},
               {"--bucket", plan.bucket, false}};
  for (const auto& time : times) {
    if (time.value < absl::ZeroDuration() ||
        (time.value == absl::ZeroDuration() && !time.zero_allowed)) {
      return Wrong(absl::StrCat(time.option, ": too short"));
    }
  }
  if (plan.bucket < absl::Milliseconds(1)) return Wrong("--bucket: less than 1ms");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  absl::string_view rest = ToAbsl(text);
  if (!absl::ConsumePrefix(&rest, "http://")) {
    return Wrong(absl::StrCat(ToAbsl(text), ": does not begin with http://"));
  }
  if (!IsPrintable(text)) return Wrong(absl::StrCat(ToAbsl(text), ": not a URL"));
  rest = rest.substr(0, rest.find('#'));
  const size_t end = rest.find_first_of("/?");
  Url url;
  url.authority = std::string(rest.substr(0, end));
  url.target = end == absl::string_view::npos ? "/" : std::string(rest.substr(end));
  if (absl::StartsWith(url.target, "?")) url.target.insert(0, "/");
  std::string address = url.authority;
  if (!HasPort(address)) address += ":80";
  if (absl::StartsWith(address, "localhost:")) address.replace(0, 9, "127.0.0.1");
  absl::StatusOr<os::SocketAddress> parsed = os::SocketAddress::Parse(address);
  if (!parsed.ok()) return Wrong(absl::StrCat(ToAbsl(text), ": ", parsed.status().message()));
  if (parsed->port() == 0) return Wrong(absl::StrCat(ToAbsl(text), ": port 0"));
  url.address = *parsed;
  // No other host knows a zone.
  if (const size_t zone = url.authority.find('%'); zone != std::string::npos) {
    url.authority.erase(zone, url.authority.find(']') - zone);
  }
  return url;
}

absl::Status CheckPlan(const Plan& plan) {
  if (plan.targets.empty()) return Wrong("--url: missing");
  int clients = 0;
  for (const ClientKind kind : AllClientKinds()) {
    if (plan.Clients(kind) < 0 || plan.Clients(kind) > kMaxClients) {
      return Wrong(absl::StrCat("the number of clients is not between 0 and ", kMaxClients));
    }
    clients += plan.Clients(kind);
  }
  if (clients == 0) return Wrong("no clients");
  if (!(plan.rate >= 0 && plan.rate <= kMaxRate)) {
    return Wrong(absl::StrCat("--rate: not between 0 and ", kMaxRate));
  }
  if (plan.requests == 0) return Wrong("--requests: 0");
  if (plan.habits.slow_bytes == 0) return Wrong("--slow-bytes: 0");
  if (plan.habits.post_bytes > kMaxPostBytes) {
    return Wrong(absl::StrCat("--post-bytes: more than ", kMaxPostBytes));
  }
  if (!absl::StartsWith(plan.habits.post_target, "/") || !IsPrintable(plan.habits.post_target)) {
    return Wrong("--post-path: does not begin with /");
  }
  return CheckTimes(plan);
}

}  // namespace rollport::load
