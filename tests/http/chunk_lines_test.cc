// The framing of chunks on its own: where a line ends, and what its limits count.
#include "http/chunk_lines.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "http/parse_event.h"

namespace rollport::http {
namespace {

// Gives `bytes` to Read() one by one, then all at once to another such line, which must agree.
// Returns how many were consumed until it was done, or its complaint.
template <typename Line>
std::string Read(Line& line, std::string_view bytes, size_t* extras_left) {
  Line other = line;
  size_t consumed = 0, at_once = 0, extras_of_other = *extras_left;
  const char* complaint = nullptr;
  for (size_t n = 1; n <= bytes.size() && complaint == nullptr && !line.done(); ++n) {
    complaint = line.Read(bytes.substr(0, n), &consumed, extras_left);
  }
  EXPECT_EQ(other.Read(bytes, &at_once, &extras_of_other), complaint) << bytes;
  EXPECT_EQ(at_once, consumed) << bytes;
  if (complaint != nullptr) return complaint;
  if (!line.done()) return "not done";
  return consumed < bytes.size() ? "done after " + std::to_string(consumed) : "done";
}

std::string ReadSize(std::string_view bytes, uint64_t most, size_t extras = 100) {
  ChunkSizeLine line;
  line.Begin(most);
  std::string said = Read(line, bytes, &extras);
  return said.starts_with("done") ? said + ", size " + std::to_string(line.size()) : said;
}

std::string ReadTrailer(std::string_view bytes, size_t extras = 100) {
  Trailer trailer;
  trailer.Begin();
  return Read(trailer, bytes, &extras);
}

TEST(ChunkSizeLineTest, EndsAtItsLineFeedAndKnowsTheSize) {
  EXPECT_EQ(ReadSize("1f\r\nx", 1000), "done after 4, size 31");
  EXPECT_EQ(ReadSize("0\r\n", 0), "done, size 0");
  EXPECT_EQ(ReadSize("A;b=\"\\\"\";c\r\n", 10), "done, size 10");
  EXPECT_EQ(ReadSize("1f\r", 1000), "not done");
}

TEST(ChunkSizeLineTest, TheSizeIsLimitedAtTheEndOfItsLine) {
  EXPECT_EQ(ReadSize("b", 10), "not done");
  EXPECT_EQ(ReadSize("b\r", 10), kContentOverLimit);
  EXPECT_EQ(ReadSize("1000000000000000", UINT64_MAX), kContentOverLimit) << "16 digits";
  EXPECT_EQ(ReadSize("fffffffffffffff\r\n", UINT64_MAX), "done, size 1152921504606846975");
}

TEST(ChunkSizeLineTest, TakesEveryFormOfAnExtension) {
  for (const char* extension :
       {";a", ";a=b", ";a=\"\"", ";a=\"b c\"", ";a=\"\\\"\\\\;\"", ";a;b=c;d=\"e\"", " ;a",
        "\t ; \ta", "; a", ";a =b", ";a= b", "; a \t= \tb ;\tc", ";a=\"b\" ;c", ";a ;b",
        ";!#$%&'*+-.^_`|~1=~", ";a=\"\x80\xff\t\"", ";a=\"\\\t\\\xff\""}) {
    EXPECT_EQ(ReadSize(absl::StrCat("1", extension, "\r\n"), 10), "done, size 1") << extension;
  }
}

TEST(ChunkSizeLineTest, RefusesWhatIsNoExtension) {
  for (const char* extension : {";",
                                "; ",
                                ";;",
                                ";=",
                                ";=b",
                                ";a=",
                                ";a= ",
                                ";a==b",
                                ";a b",
                                ";a=b c",
                                ";a=b=c",
                                ";a;",
                                ";a;;b",
                                ";a ",
                                ";a=b ",
                                ";a=\"b\" ",
                                ";a=\"b\"c",
                                ";a=\"b\"=c",
                                ";a=\"b\"\"c\"",
                                ";a=b\"",
                                ";\"a\"",
                                ";a\"b\"",
                                ";a=\"b",
                                ";a=\"b\\",
                                ";a=\"\x01\"",
                                ";a=\"\x7f\"",
                                ";a=\"\\\x01\"",
                                ";\xc3\xa4",
                                ";a=\xc3",
                                ";a/b",
                                ";a=b,c=d",
                                ";a=(b)",
                                ";a\x0b",
                                ";a\n"}) {
    EXPECT_EQ(ReadSize(absl::StrCat("1", extension, "\r\n"), 10), "a bad chunk extension")
        << extension;
  }
  for (const char* extension : {" ", "\t", " a", " =b", ",a", " \"a\"", "\n", "g"}) {
    EXPECT_EQ(ReadSize(absl::StrCat("1", extension, "\r\n"), 10), "a bad chunk size") << extension;
  }
}

TEST(ChunkSizeLineTest, EveryByteOfAnExtensionCounts) {
  EXPECT_EQ(ReadSize("1;ab\r\n", 10, 3), "done, size 1");
  EXPECT_EQ(ReadSize("1;ab\r\n", 10, 2), kExtrasOverLimit);
  EXPECT_EQ(ReadSize("1 ;a=\"\\", 10, 6), "not done");
  EXPECT_EQ(ReadSize("1 ;a=\"\\", 10, 5), kExtrasOverLimit);
}

TEST(ChunkSizeLineTest, AnotherLineBeginsAnew) {
  ChunkSizeLine line;
  size_t extras = 7;
  for (int i = 0; i < 3; ++i) {
    line.Begin(20);
    EXPECT_EQ(Read(line, "10;x\r\n", &extras), "done");
    EXPECT_EQ(line.size(), 16u);
  }
  EXPECT_EQ(extras, 1u) << "the extras of all lines count together";
}

TEST(TrailerTest, EndsAfterTheEmptyLine) {
  EXPECT_EQ(ReadTrailer("\r\nx"), "done after 2");
  EXPECT_EQ(ReadTrailer("A: b\r\nC:\r\n\r\n"), "done");
  EXPECT_EQ(ReadTrailer("A: b\r\n"), "not done");
  EXPECT_EQ(ReadTrailer(": b"), "a bad trailer field");
  EXPECT_EQ(ReadTrailer("A\r"), "a bad trailer field");
}

TEST(TrailerTest, EveryByteButTheLineFeedsCounts) {
  EXPECT_EQ(ReadTrailer("A: b\r\n\r\n", 6), "done");
  EXPECT_EQ(ReadTrailer("A: b\r\n\r\n", 5), kExtrasOverLimit);
}

}  // namespace
}  // namespace rollport::http
