#include "api/asked_file.h"

#include "gtest/gtest.h"

namespace rollport::api {
namespace {

TEST(AskedFileTest, AnyPathSurvivesTheWay) {
  for (const char* path : {"/srv/shop/fleet.toml", "/a b/%20\r\nX: y/\xff\xc3\xa4:1 /f"}) {
    const fleet_file::FleetFileId file{.path = path, .device = ~0ULL, .inode = 7};
    const std::string value = AskedFileValue(file);
    EXPECT_EQ(value.find_first_of("\r\n"), std::string::npos);
    ASSERT_TRUE(ParseAskedFile(value).ok()) << value;
    EXPECT_EQ(*ParseAskedFile(value), file);
  }
}

TEST(AskedFileTest, OtherValuesAreRefused) {
  for (const char* value : {"", "1:2", "1:2 ", "1:2 relative", "1 /a", "x:2 /a", "1:-2 /a",
                            "1:2 /a b", "1:2 /%", "1:2 /%0", "1:2 /%00", "1:2 /%zz", "1:2 /%-1"}) {
    EXPECT_FALSE(ParseAskedFile(value).ok()) << value;
  }
}

}  // namespace
}  // namespace rollport::api
