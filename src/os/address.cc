#include "os/address.h"

#include <arpa/inet.h>
#include <net/if.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace rollport::os {
namespace {

absl::Status Bad(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("bad address \"", ToAbsl(text), "\": ", ToAbsl(why)));
}

template <typename Integer>
bool ParseNumber(std::string_view text, Integer* out) {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, *out);
  return !text.empty() && result.ec == std::errc() && result.ptr == end;
}

// The index of the interface with this name or number; 0 if there is none.
uint32_t ScopeOf(const std::string& interface) {
  uint32_t index = 0;
  if (ParseNumber(interface, &index)) return index;
  return if_nametoindex(interface.c_str());
}

// What is wrong with `host`, which is no numeric IPv4 address, before ":PORT".
std::string WhyNoHost(std::string_view host, std::string_view port) {
  const std::string end = absl::StrCat(":", ToAbsl(port), "\"");
  if (host.empty() || host == "*") {
    return absl::StrCat("write \"0.0.0.0", end, " for every IPv4 address, \"[::]", end,
                        " for every IPv6 address");
  }
  if (host == "localhost") {
    return absl::StrCat("names are not looked up; write \"127.0.0.1", end, " or \"[::1]", end);
  }
  const bool letters = std::ranges::any_of(
      host, [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); });
  return absl::StrCat("not a numeric IPv4 address", letters ? "; names are not looked up" : "");
}

}  // namespace

absl::StatusOr<SocketAddress> SocketAddress::Parse(std::string_view text) {
  SocketAddress address;
  std::string host;
  const size_t colon = text.rfind(':');
  if (text.starts_with('[')) {
    const size_t bracket = text.find(']');
    if (bracket == text.npos) return Bad(text, "no closing bracket");
    if (colon != bracket + 1) return Bad(text, "expected [ADDRESS]:PORT");
    host = text.substr(1, bracket - 1);
    if (const size_t percent = host.find('%'); percent != host.npos) {
      address.scope_ = ScopeOf(host.substr(percent + 1));
      if (address.scope_ == 0) return Bad(text, "no such network interface");
      host.resize(percent);
    }
    address.family_ = AF_INET6;
  } else {
    if (colon == text.npos) {
      return Bad(text, "expected ADDRESS:PORT, such as 127.0.0.1:8080 or 0.0.0.0:8080");
    }
    host = text.substr(0, colon);
    if (host.find(':') != host.npos) {
      return Bad(text, "an IPv6 address stands in brackets: [ADDRESS]:PORT");
    }
    address.family_ = AF_INET;
  }
  const std::string_view port = text.substr(colon + 1);
  if (!ParseNumber(port, &address.port_)) {
    return Bad(text, "the port is not a number from 0 to 65535");
  }
  if (host.find('\0') != host.npos ||
      inet_pton(address.family_, host.c_str(), address.bytes_) != 1) {
    return Bad(text,
               address.family_ == AF_INET ? WhyNoHost(host, port) : "not a numeric IPv6 address");
  }
  return address;
}

absl::StatusOr<SocketAddress> SocketAddress::FromSockaddr(const sockaddr* address,
                                                          socklen_t length) {
  if (length >= sizeof(sockaddr_in) && address->sa_family == AF_INET) {
    sockaddr_in in;
    std::memcpy(&in, address, sizeof in);
    return FromBytes(AF_INET, &in.sin_addr, ntohs(in.sin_port));
  }
  if (length >= sizeof(sockaddr_in6) && address->sa_family == AF_INET6) {
    sockaddr_in6 in6;
    std::memcpy(&in6, address, sizeof in6);
    SocketAddress result = FromBytes(AF_INET6, &in6.sin6_addr, ntohs(in6.sin6_port));
    result.scope_ = in6.sin6_scope_id;
    return result;
  }
  return absl::InvalidArgumentError("not an IPv4 or IPv6 socket");
}

SocketAddress SocketAddress::FromBytes(int family, const void* bytes, uint16_t port) {
  RP_CHECK(family == AF_INET || family == AF_INET6, absl::StrCat("family ", family));
  SocketAddress address;
  address.family_ = family;
  address.port_ = port;
  std::memcpy(address.bytes_, bytes, family == AF_INET ? 4 : 16);
  return address;
}

std::string_view SocketAddress::host_bytes() const {
  const size_t size = family_ == AF_INET ? 4 : family_ == AF_INET6 ? 16 : 0;
  return {reinterpret_cast<const char*>(bytes_), size};
}

bool SocketAddress::IsWildcard() const {
  return family_ != AF_UNSPEC && std::ranges::all_of(bytes_, [](uint8_t b) { return b == 0; });
}

SocketAddress SocketAddress::with_port(uint16_t port) const {
  SocketAddress copy = *this;
  copy.port_ = port;
  return copy;
}

std::string SocketAddress::HostToString() const {
  if (family_ == AF_UNSPEC) return "unspecified";
  char buffer[INET6_ADDRSTRLEN];
  std::string host = inet_ntop(family_, bytes_, buffer, sizeof buffer);
  if (scope_ != 0) {
    char name[IF_NAMESIZE];
    absl::StrAppend(&host, "%", if_indextoname(scope_, name) ? name : absl::StrCat(scope_));
  }
  return host;
}

std::string SocketAddress::ToString() const {
  if (family_ == AF_INET6) return absl::StrCat("[", HostToString(), "]:", port_);
  return absl::StrCat(HostToString(), ":", port_);
}

socklen_t SocketAddress::ToSockaddr(sockaddr_storage* out) const {
  std::memset(out, 0, sizeof *out);
  out->ss_family = static_cast<sa_family_t>(family_);
  if (family_ == AF_INET6) {
    sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port_)};
    std::memcpy(&in6.sin6_addr, bytes_, sizeof in6.sin6_addr);
    in6.sin6_scope_id = scope_;
    std::memcpy(out, &in6, sizeof in6);
    return sizeof in6;
  }
  sockaddr_in in = {.sin_family = static_cast<sa_family_t>(family_), .sin_port = htons(port_)};
  std::memcpy(&in.sin_addr, bytes_, sizeof in.sin_addr);
  std::memcpy(out, &in, sizeof in);
  return sizeof in;
}

}  // namespace rollport::os
