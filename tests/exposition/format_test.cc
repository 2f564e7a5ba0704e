#include "exposition/format.h"

#include <zlib.h>

#include "exposition/families.h"
#include "exposition/open_metrics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::exposition {
namespace {

using testing::HasSubstr;

constexpr Metric kBytes = {"x_resident_bytes", Type::kGauge, "", "Memory"};
constexpr Metric kThings = {"x_things_total", Type::kCounter, "kind", "Things"};
constexpr Metric kTimes = {"x_seconds", Type::kHistogram, "", "Times"};
constexpr Metric kSlow = {"x_slow_seconds", Type::kSummary, "slot", "Slowness"};

std::vector<prometheus::MetricFamily> Example() {
  Families families("f\"1");
  families.Add(kBytes, {}, 1234567890123);
  families.Add(kThings, {"a\nb"}, 2);
  families.Add(kThings, {"c"}, 0.5);
  families.Add(kTimes, {}, HistogramValue{{0.000128, 1}, {3, 0, 1}, 2.25});
  families.AddSummary(kSlow, {"0"}, 7, 0.25);
  return families.Take();
}

TEST(FormatTest, OpenMetrics) {
  EXPECT_EQ(Serialize(Format::kOpenMetrics, Example(), {}),
            R"(# TYPE x_resident_bytes gauge
# UNIT x_resident_bytes bytes
# HELP x_resident_bytes Memory
x_resident_bytes{fleet="f\"1"} 1234567890123
# TYPE x_things counter
# HELP x_things Things
x_things_total{fleet="f\"1",kind="a\nb"} 2
x_things_total{fleet="f\"1",kind="c"} 0.5
# TYPE x_seconds histogram
# UNIT x_seconds seconds
# HELP x_seconds Times
x_seconds_bucket{fleet="f\"1",le="0.000128"} 3
x_seconds_bucket{fleet="f\"1",le="1.0"} 3
x_seconds_bucket{fleet="f\"1",le="+Inf"} 4
x_seconds_count{fleet="f\"1"} 4
x_seconds_sum{fleet="f\"1"} 2.25
# TYPE x_slow_seconds summary
# UNIT x_slow_seconds seconds
# HELP x_slow_seconds Slowness
x_slow_seconds_count{fleet="f\"1",slot="0"} 7
x_slow_seconds_sum{fleet="f\"1",slot="0"} 0.25
# EOF
)");
}

TEST(FormatTest, UserCodeCannotMakeItAnythingButUtf8) {
  Families families("f");
  families.Add({.name = "x", .help = "caf\xe9", .type = Type::kGauge, .labels = {{"a", "\xff"}}},
               1);
  const std::vector<prometheus::MetricFamily> taken = families.Take();
  for (const Format format : {Format::kText, Format::kOpenMetrics}) {
    const std::string text = Serialize(format, taken, {});
    EXPECT_THAT(text, HasSubstr("caf\xef\xbf\xbd\n"));
    EXPECT_THAT(text, HasSubstr("a=\"\xef\xbf\xbd\""));
  }
}

TEST(FormatTest, TextHasTheSameSeries) {
  const std::string text = Serialize(Format::kText, Example(), {});
  EXPECT_THAT(text, HasSubstr("# TYPE x_things_total counter\n"));
  EXPECT_THAT(text, HasSubstr("x_things_total{fleet=\"f\\\"1\",kind=\"c\"} 0.5\n"));
  EXPECT_THAT(text, HasSubstr("x_seconds_bucket{fleet=\"f\\\"1\",le=\"0.000128\"} 3\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("# EOF")));
}

TEST(FormatTest, NumbersAreShort) {
  EXPECT_EQ(Number(0), "0");
  EXPECT_EQ(Number(-3), "-3");
  EXPECT_EQ(Number(0.1), "0.1");
  EXPECT_EQ(Number(1e300), "1e+300");
  EXPECT_EQ(Number(-1.0 / 0.0), "-Inf");
}

TEST(FormatTest, TheClientChooses) {
  EXPECT_EQ(Negotiate(""), Format::kText);
  EXPECT_EQ(Negotiate("*/*"), Format::kText);
  EXPECT_EQ(Negotiate("application/openmetrics-text"), Format::kOpenMetrics);
  // The field that Prometheus 2.42 sends.
  EXPECT_EQ(Negotiate("application/openmetrics-text;version=1.0.0,"
                      "application/openmetrics-text;version=0.0.1;q=0.75,"
                      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
            Format::kOpenMetrics);
  EXPECT_EQ(Negotiate("application/openmetrics-text;q=0.2, text/plain"), Format::kText);
  EXPECT_EQ(Negotiate("application/openmetrics-text;q=0, */*"), Format::kText);
  EXPECT_EQ(Negotiate("APPLICATION/OpenMetrics-Text ; q=x"), Format::kText);
  EXPECT_TRUE(AcceptsGzip("gzip, deflate"));
  EXPECT_TRUE(AcceptsGzip("*"));
  EXPECT_FALSE(AcceptsGzip(""));
  EXPECT_FALSE(AcceptsGzip("br, gzip;q=0"));
}

TEST(FormatTest, GzipGivesTheTextBack) {
  const std::string text = Serialize(Format::kText, Example(), {}) + std::string(100'000, 'x');
  const std::string packed = Gzip(text);
  EXPECT_LT(packed.size(), text.size() / 10);
  z_stream stream = {};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(text.size() + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(out, text);
}

}  // namespace
}  // namespace rollport::exposition
