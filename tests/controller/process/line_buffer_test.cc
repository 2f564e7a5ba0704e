#include "controller/process/line_buffer.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace rollport::controller {
namespace {

using testing::ElementsAre;

class LineBufferTest : public testing::Test {
 protected:
  std::vector<std::string> lines_;
  LineBuffer buffer_{[this](const std::string& line) { lines_.push_back(line); }};
};

TEST_F(LineBufferTest, CutsAtLineEnds) {
  buffer_.Add("one\ntw");
  EXPECT_THAT(lines_, ElementsAre("one"));
  buffer_.Add("o\r\n\nthree");
  EXPECT_THAT(lines_, ElementsAre("one", "two", ""));
  buffer_.End();
  buffer_.End();
  EXPECT_THAT(lines_, ElementsAre("one", "two", "", "three"));
}

TEST_F(LineBufferTest, ALineWithoutEndIsCutIntoSeveral) {
  buffer_.Add(std::string(2 * LineBuffer::kLongest + 1, 'x'));
  EXPECT_EQ(lines_.size(), 2U);
  buffer_.Add("y\n");
  ASSERT_EQ(lines_.size(), 3U);
  EXPECT_EQ(lines_[1], std::string(LineBuffer::kLongest, 'x'));
  EXPECT_EQ(lines_[2], "xy");
  // One that is just as long as may be is one.
  buffer_.Add(std::string(LineBuffer::kLongest, 'z') + "\n");
  EXPECT_EQ(lines_.size(), 4U);
}

TEST_F(LineBufferTest, ControlCharactersCannotReachATerminal) {
  buffer_.Add(std::string("\x1b[2Jred\t\0é\n", 12));
  EXPECT_THAT(lines_, ElementsAre("?[2Jred\t?é"));
}

}  // namespace
}  // namespace rollport::controller
