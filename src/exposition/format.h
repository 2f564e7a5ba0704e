// The text of a scrape, in the format that the client asks for.
#ifndef ROLLPORT_EXPOSITION_FORMAT_H_
#define ROLLPORT_EXPOSITION_FORMAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "exposition/foreign.h"
#include "prometheus/metric_family.h"

namespace rollport::exposition {

enum class Format {
  kText,         // Prometheus text format 0.0.4
  kOpenMetrics,  // OpenMetrics 1.0
};

// By an Accept field (RFC 9110 section 12.5.1); kText if it prefers neither.
Format Negotiate(std::string_view accept);
// Whether an Accept-Encoding field (RFC 9110 section 12.5.3) allows gzip.
bool AcceptsGzip(std::string_view accept_encoding);

// For the Content-Type field.
std::string_view ContentType(Format format);

// `families` by prometheus-cpp's serializer or by ours, then `foreign`.
std::string Serialize(Format format, const std::vector<prometheus::MetricFamily>& families,
                      const ForeignFamilies& foreign);

// As one gzip member (RFC 1952).
std::string Gzip(const std::string& text);

}  // namespace rollport::exposition

#endif  // ROLLPORT_EXPOSITION_FORMAT_H_
