#include "httpd/range.h"

#include <gtest/gtest.h>

namespace rollport::httpd {
namespace {

constexpr ByteRange kWhole{};
constexpr ByteRange kUnsatisfiable{ByteRange::Kind::kUnsatisfiable};
constexpr ByteRange Part(uint64_t first, uint64_t length) {
  return {ByteRange::Kind::kPart, first, length};
}

struct RangeCase {
  const char* value;
  uint64_t size;
  ByteRange range;
};

class Range : public testing::TestWithParam<RangeCase> {};

TEST_P(Range, IsReadAsRfc9110Says) {
  EXPECT_EQ(ParseRange(GetParam().value, GetParam().size), GetParam().range);
}

INSTANTIATE_TEST_SUITE_P(All, Range,
                         testing::ValuesIn<RangeCase>({
                             {"bytes=0-0", 10, Part(0, 1)},
                             {"bytes=0-9", 10, Part(0, 10)},
                             {"bytes=0-99", 10, Part(0, 10)},
                             {"bytes=9-9", 10, Part(9, 1)},
                             {"bytes=3-", 10, Part(3, 7)},
                             {"bytes=-3", 10, Part(7, 3)},
                             {"bytes=-99", 10, Part(0, 10)},
                             {"BYTES=1-2", 10, Part(1, 2)},
                             {"bytes= 1-2 ", 10, Part(1, 2)},
                             {"bytes=,1-2,", 10, Part(1, 2)},
                             {"bytes=0-18446744073709551615", 10, Part(0, 10)},
                             {"bytes=0-99999999999999999999999", 10, Part(0, 10)},
                             {"bytes=-99999999999999999999999", 10, Part(0, 10)},
                             // Beyond the end.
                             {"bytes=10-", 10, kUnsatisfiable},
                             {"bytes=10-20", 10, kUnsatisfiable},
                             {"bytes=99999999999999999999999-", 10, kUnsatisfiable},
                             {"bytes=-0", 10, kUnsatisfiable},
                             {"bytes=0-", 0, kUnsatisfiable},
                             {"bytes=-5", 0, kWhole},
                             // Several, or none that is valid.
                             {"bytes=0-1,3-4", 10, kWhole},
                             {"bytes=5-4", 10, kWhole},
                             {"bytes=", 10, kWhole},
                             {"bytes=-", 10, kWhole},
                             {"bytes=a-b", 10, kWhole},
                             {"bytes=1", 10, kWhole},
                             {"bytes=+1-2", 10, kWhole},
                             {"bytes=1-2x", 10, kWhole},
                             {"bytes=1 - 2", 10, kWhole},
                             {"bytes", 10, kWhole},
                             {"lines=0-1", 10, kWhole},
                             {"", 10, kWhole},
                         }));

}  // namespace
}  // namespace rollport::httpd
