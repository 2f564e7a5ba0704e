// The small readers behind [worker]: sizes, CPU lists, patterns of paths, files of variables.
#include <cstdint>
#include <fstream>

#include "fleet_file/byte_size.h"
#include "fleet_file/cpu_list.h"
#include "fleet_file/environment_file.h"
#include "fleet_file/output_path.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace rollport::fleet_file {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ByteSizeTest, TakesUnitsOf1024) {
  EXPECT_EQ(ParseByteSize("0"), 0U);
  EXPECT_EQ(ParseByteSize("65536"), 65536U);
  EXPECT_EQ(ParseByteSize("7B"), 7U);
  EXPECT_EQ(ParseByteSize("64K"), 64U << 10);
  EXPECT_EQ(ParseByteSize("512MiB"), 512U << 20);
  EXPECT_EQ(ParseByteSize("2GB"), 2UL << 30);
  EXPECT_EQ(ParseByteSize("unlimited"), UINT64_MAX);
  for (const char* bad : {"", "x", "-1", "1.5G", "1KK", "1iB", "99999999T", "1 K"}) {
    EXPECT_EQ(ParseByteSize(bad), std::nullopt) << bad;
  }
}

TEST(CpuListTest, TakesRangesOfTheCpusAllowed) {
  const std::vector<int> allowed = {0, 1, 2, 3, 8};
  EXPECT_THAT(*ParseCpuList("2", allowed), ElementsAre(2));
  EXPECT_THAT(*ParseCpuList("8,0-2,1", allowed), ElementsAre(0, 1, 2, 8));
  EXPECT_EQ(ParseCpuList("3-4", allowed).status().message(), "this process may not use CPU 4");
  for (const char* bad : {"", "x", "2-1", "1-", "-1", "1,,2", "0-99999999"}) {
    EXPECT_FALSE(ParseCpuList(bad, allowed).ok()) << bad;
  }
  EXPECT_FALSE(AllowedCpus().empty());
}

TEST(OutputPathTest, FillsInSlotAndGeneration) {
  EXPECT_EQ(*OutputPath("/logs/%s-%g.100%%", SlotId(3), GenerationId(12)), "/logs/3-12.100%");
  EXPECT_FALSE(OutputPath("/logs/%d", SlotId(3), GenerationId(12)).ok());
  EXPECT_FALSE(OutputPath("/logs/%", SlotId(3), GenerationId(12)).ok());
}

class EnvironmentFileTest : public testing::Test {
 protected:
  auto Read(const std::string& text) {
    std::ofstream(dir_ / "app.env") << text;
    return ReadEnvironmentFile(dir_ / "app.env");
  }
  TempDir dir_;
};

TEST_F(EnvironmentFileTest, ReadsVariables) {
  const auto read = Read(
      "# a comment\n; another\n\nMODE=production\n  SPACED = two words \nQUOTED=\" a \"\n"
      "SINGLE='b'\nHASH=a#b\nEMPTY=\nURL=http://x/?a=b\nMODE=test\r\nODD=\"x'");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, ElementsAre(Pair("EMPTY", ""), Pair("HASH", "a#b"), Pair("MODE", "test"),
                                 Pair("ODD", "\"x'"), Pair("QUOTED", " a "), Pair("SINGLE", "b"),
                                 Pair("SPACED", "two words"), Pair("URL", "http://x/?a=b")));
}

TEST_F(EnvironmentFileTest, NamesTheLineThatIsWrong) {
  EXPECT_EQ(Read("A=1\nnonsense\n").status().message(), dir_ / "app.env:2: not NAME=VALUE");
  EXPECT_FALSE(Read("1A=1\n").ok());
  EXPECT_FALSE(Read("export A=1\n").ok());
  EXPECT_EQ(ReadEnvironmentFile("/no/such").status().message(),
            "/no/such: No such file or directory");
}

}  // namespace
}  // namespace rollport::fleet_file
