#include "httpd/file_cache.h"

#include <gtest/gtest.h>

namespace rollport::httpd {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

File MakeFile(int64_t touched_nanos, size_t bytes) {
  File file({.size = bytes, .modified_nanos = touched_nanos, .changed_nanos = touched_nanos}, "f");
  file.content.assign(bytes, 'x');
  return file;
}

TEST(FileCache, TakesOnlyWhatHasSettled) {
  FileCache cache(1 << 20);
  cache.Put("young", MakeFile(10 * kSecond, 1), 11 * kSecond - 1);
  cache.Put("future", MakeFile(20 * kSecond, 1), 11 * kSecond);
  cache.Put("settled", MakeFile(10 * kSecond, 1), 11 * kSecond);
  EXPECT_EQ(cache.Find("young"), nullptr);
  EXPECT_EQ(cache.Find("future"), nullptr);
  ASSERT_NE(cache.Find("settled"), nullptr);
  EXPECT_EQ(cache.Find("settled")->content, "x");
}

TEST(FileCache, DropsWhatWasUnusedTheLongestToMakeRoom) {
  FileCache cache(5000);
  cache.Put("a", MakeFile(0, 1500), kSecond);
  cache.Put("b", MakeFile(0, 1500), kSecond);
  EXPECT_NE(cache.Find("a"), nullptr);
  cache.Put("c", MakeFile(0, 1500), kSecond);
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("c"), nullptr);
  EXPECT_LE(cache.bytes(), 5000u);
}

TEST(FileCache, ForgetsWhatIsDroppedAndReplaced) {
  FileCache cache(1 << 20);
  cache.Put("a", MakeFile(0, 100), kSecond);
  cache.Put("a", MakeFile(0, 200), kSecond);
  EXPECT_EQ(cache.Find("a")->content.size(), 200u);
  cache.Drop("a");
  cache.Drop("a");
  EXPECT_TRUE(cache.empty());
  EXPECT_EQ(cache.bytes(), 0u);
}

TEST(FileCache, HoldsNothingWithoutMemory) {
  FileCache cache(0);
  cache.Put("a", MakeFile(0, 1), kSecond);
  EXPECT_TRUE(cache.empty());
  EXPECT_EQ(cache.bytes(), 0u);
}

}  // namespace
}  // namespace rollport::httpd
