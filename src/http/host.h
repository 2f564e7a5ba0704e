// What a Host field and the authority of an absolute-form target hold.
#ifndef ROLLPORT_HTTP_HOST_H_
#define ROLLPORT_HTTP_HOST_H_

#include <string_view>

namespace rollport::http {

// uri-host [ ":" port ] (RFC 9110 section 7.2), where uri-host is a name, an IPv4 address, or an
// IPv6 or later address in brackets (RFC 3986 section 3.2.2). The name is not empty: http has no
// such host (RFC 9110 section 4.2.1). The port is digits, perhaps none. User information is none of
// it: http deprecates it (RFC 9110 section 4.2.4).
bool IsHostAndPort(std::string_view text);

// IPv6address of RFC 3986 section 3.2.2, without brackets; a zone is none of it.
bool IsIpv6Address(std::string_view text);

}  // namespace rollport::http

#endif  // ROLLPORT_HTTP_HOST_H_
