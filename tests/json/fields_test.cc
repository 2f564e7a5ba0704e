#include "json/fields.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "json/format.h"
#include "json/value.h"

namespace rollport::json {

enum class Colour { kRed, kGreen };
enum class Sparse : uint8_t { kOne = 1, kFive = 5, kLast = 63 };

struct Part {
  int number = 0;
  bool operator==(const Part&) const = default;
};

struct Thing {
  std::string text;
  absl::Duration duration;
  absl::Time time;
  Colour colour = Colour::kRed;
  std::optional<Part> part;
  std::map<std::string, int> map;
  std::vector<Part> parts;
  bool operator==(const Thing&) const = default;
};

void Fields(auto& v, Is<Part> auto& part) { v("number", part.number); }

void Fields(auto& v, Is<Thing> auto& thing) {
  v("text", thing.text);
  v("duration", thing.duration);
  v("time", thing.time);
  v("colour", thing.colour);
  v("part", thing.part);
  v("map", thing.map);
  v.Sparse("parts", thing.parts);
}

namespace {

using Readable = Format<Ordered, DurationAsSeconds, TimeAsRfc3339>;
using Exact = Format<Sorted, DurationAsText, TimeAsNanoseconds, TextAsBytes>;

Thing Everything() {
  return {.text = "caf\xc3\xa9",
          .duration = absl::Milliseconds(1250),
          .time = absl::FromUnixMicros(1'700'000'000'123'456),
          .colour = Colour::kGreen,
          .part = Part{7},
          .map = {{"a", 1}, {"b", 2}},
          .parts = {{1}, {2}}};
}

TEST(JsonFieldsTest, ReadableFormsKeepTheOrderOfTheList) {
  EXPECT_EQ(ToLine(Writer<Readable>::Encode(Everything())),
            R"({"text":"café","duration":1.25,"time":"2023-11-14T22:13:20.123456Z","colour":1,)"
            R"("part":{"number":7},"map":[["a",1],["b",2]],"parts":[{"number":1},{"number":2}]})");
}

TEST(JsonFieldsTest, ExactFormsHoldAnyBytes) {
  EXPECT_EQ(Writer<Exact>::Encode(Everything()).dump(),
            R"({"colour":1,"duration":"1.25s","map":[["a",1],["b",2]],"part":{"number":7},)"
            R"("parts":[{"number":1},{"number":2}],"text":{"hex":"636166c3a9"},)"
            R"("time":1700000000123456000})");
}

TEST(JsonFieldsTest, OfAnEmptyStructOnlySparseFieldsAreLeftOut) {
  EXPECT_EQ(ToLine(Writer<Readable>::Encode(Thing())),
            R"({"text":"","duration":0.0,"time":"1970-01-01T00:00:00.000000Z","colour":0,)"
            R"("part":null,"map":[]})");
}

template <typename F>
Thing ThereAndBack(const Thing& thing) {
  Thing back = Everything();  // whatever it held before is gone
  Reader<F>::Decode(Writer<F>::Encode(thing), &back);
  return back;
}

TEST(JsonFieldsTest, WhatIsWrittenIsRead) {
  EXPECT_EQ(ThereAndBack<Readable>(Everything()), Everything());
  EXPECT_EQ(ThereAndBack<Exact>(Everything()), Everything());
  Thing bare = Everything();
  bare.part.reset();
  bare.map.clear();
  EXPECT_EQ(ThereAndBack<Readable>(bare), bare);
  EXPECT_EQ(ThereAndBack<Exact>(bare), bare);
}

TEST(JsonFieldsTest, ExactFormsLoseNothing) {
  Thing thing = Everything();
  thing.text = std::string("\xff\0", 2);
  thing.duration = absl::Nanoseconds(1'234'567'891);
  thing.time += absl::Nanoseconds(7);
  EXPECT_EQ(ThereAndBack<Exact>(thing), thing);
  thing.duration = absl::InfiniteDuration();
  EXPECT_EQ(ThereAndBack<Exact>(thing), thing);
}

TEST(JsonFieldsTest, AMissingKeyOrAWrongTypeIsAnException) {
  Part part;
  for (const char* bad : {"{}", "[]", "null", R"({"number":"7"})"}) {
    EXPECT_THROW(Reader<Readable>::Decode(Ordered::parse(bad), &part), Ordered::exception) << bad;
  }
}

TEST(JsonFieldsTest, AnIntegerIsAWholeNumberThatItsTypeHolds) {
  Part part;
  for (const char* bad : {"1.9", "1e300", "-1e300", "2.0", "2147483648", "-2147483649",
                          "18446744073709551615", "true", "null", "[7]"}) {
    EXPECT_THROW(
        Reader<Readable>::Decode(Ordered::parse(absl::StrCat("{\"number\":", bad, "}")), &part),
        Ordered::exception)
        << bad;
  }
  for (const int good : {0, 2147483647, -2147483647 - 1}) {
    Reader<Readable>::Decode(Ordered{{"number", good}}, &part);
    EXPECT_EQ(part.number, good);
  }
  uint64_t big = 0;
  Reader<Readable>::Decode(Ordered::parse("18446744073709551615"), &big);
  EXPECT_EQ(big, UINT64_MAX);
  EXPECT_THROW(Reader<Readable>::Decode(Ordered::parse("-1"), &big), Ordered::exception);
}

TEST(JsonFieldsTest, AnEnumIsOneOfItsEnumerators) {
  Colour colour = Colour::kRed;
  Reader<Readable>::Decode(Ordered::parse("1"), &colour);
  EXPECT_EQ(colour, Colour::kGreen);
  for (const char* bad : {"2", "77", "-1", "256", "0.5", "1e300", "\"1\""}) {
    EXPECT_THROW(Reader<Readable>::Decode(Ordered::parse(bad), &colour), Ordered::exception) << bad;
  }
  Sparse sparse;
  for (const int good : {1, 5, 63}) {
    Reader<Readable>::Decode(Ordered(good), &sparse);
    EXPECT_EQ(static_cast<int>(sparse), good);
  }
  for (const int bad : {0, 2, 6, 62, 64}) {
    EXPECT_THROW(Reader<Readable>::Decode(Ordered(bad), &sparse), Ordered::exception) << bad;
  }
}

TEST(JsonFieldsTest, AListIsAList) {
  std::vector<int> list;
  std::map<std::string, int> map;
  for (const char* bad : {"7", "{\"a\":7}", "null", "\"7\""}) {
    EXPECT_THROW(Reader<Readable>::Decode(Ordered::parse(bad), &list), Ordered::exception) << bad;
    EXPECT_THROW(Reader<Readable>::Decode(Ordered::parse(bad), &map), Ordered::exception) << bad;
  }
  for (const char* bad : {"[7]", "[[\"a\"]]", "[[\"a\",1,2]]", "[{\"a\":1}]"}) {
    EXPECT_THROW(Reader<Readable>::Decode(Ordered::parse(bad), &map), Ordered::exception) << bad;
  }
}

TEST(JsonFieldsTest, ExactFormsAreExact) {
  absl::Time time;
  for (const char* bad : {"1.5", "1e300", "18446744073709551615", "\"1\""}) {
    EXPECT_THROW(Reader<Exact>::Decode(Sorted::parse(bad), &time), Sorted::exception) << bad;
  }
  absl::Duration duration;
  EXPECT_THROW(Reader<Exact>::Decode(Sorted("soon"), &duration), Sorted::exception);
  std::string text;
  for (const char* bad : {"f", "zz", "0x"}) {
    EXPECT_THROW(Reader<Exact>::Decode(Sorted{{"hex", bad}}, &text), Sorted::exception) << bad;
  }
}

TEST(JsonFieldsTest, ALineCannotControlTheTerminalThatShowsIt) {
  const Ordered value = {{"a",
                          "\xc2\x9b"
                          "31m\u202e\x7f"}};
  EXPECT_EQ(ToLine(value), R"({"a":"\u009b31m\u202e\u007f"})");
  EXPECT_EQ(Ordered::parse(ToLine(value)), value) << "and means the same";
}

TEST(JsonFieldsTest, BytesThatAreNotUtf8AreReplacedInALine) {
  EXPECT_EQ(ToLine(Ordered("\xff")), "\"\xef\xbf\xbd\"");
}

}  // namespace
}  // namespace rollport::json
