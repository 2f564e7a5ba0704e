#include "exposition/format.h"

#include <zlib.h>

#include <algorithm>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/strings.h"
#include "exposition/open_metrics.h"
#include "prometheus/text_serializer.h"

namespace rollport::exposition {
namespace {

// One element of a list of names with weights: "a;q=0.5, b".
struct Choice {
  std::string name;  // in lower case
  double weight = 1;
};

std::vector<Choice> ParseList(std::string_view field) {
  std::vector<Choice> choices;
  for (const absl::string_view element : absl::StrSplit(ToAbsl(field), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(element, ';');
    Choice choice{absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0])), 1};
    for (size_t i = 1; i < parts.size(); ++i) {
      absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
      if (!absl::ConsumePrefix(&parameter, "q=")) continue;
      if (!absl::SimpleAtod(parameter, &choice.weight)) choice.weight = 0;
    }
    if (!choice.name.empty()) choices.push_back(std::move(choice));
  }
  return choices;
}

// The weight of the first of `names` that is in the list.
double WeightOf(const std::vector<Choice>& choices, const std::vector<std::string_view>& names) {
  for (const std::string_view name : names) {
    double weight = -1;
    for (const Choice& choice : choices) {
      if (choice.name == name) weight = std::max(weight, choice.weight);
    }
    if (weight >= 0) return weight;
  }
  return 0;
}

}  // namespace

Format Negotiate(std::string_view accept) {
  const std::vector<Choice> choices = ParseList(accept);
  // Only a client that names OpenMetrics understands it.
  const double open_metrics = WeightOf(choices, {"application/openmetrics-text"});
  const double text = WeightOf(choices, {"text/plain", "text/*", "*/*"});
  return open_metrics > 0 && open_metrics >= text ? Format::kOpenMetrics : Format::kText;
}

bool AcceptsGzip(std::string_view accept_encoding) {
  return WeightOf(ParseList(accept_encoding), {"gzip", "x-gzip", "*"}) > 0;
}

std::string_view ContentType(Format format) {
  return format == Format::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string Serialize(Format format, const std::vector<prometheus::MetricFamily>& families,
                      const ForeignFamilies& foreign) {
  std::string out;
  if (format == Format::kOpenMetrics) {
    AppendOpenMetrics(families, &out);
    foreign.AppendOpenMetrics(&out);
    out += "# EOF\n";
    return out;
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, families);
  out = text.str();
  foreign.AppendText(&out);
  return out;
}

std::string Gzip(const std::string& text) {
  z_stream stream = {};
  // 15: the largest window; + 16: gzip's frame. Level 1 makes the text eight times smaller already.
  constexpr int kGzipWindow = 15 + 16;
  RP_CHECK(deflateInit2(&stream, 1, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK,
           "zlib begins");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  RP_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflateBound() was enough");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace rollport::exposition
