#include "base/sorted_map.h"

#include <map>
#include <random>
#include <stdexcept>
#include <string>

#include "gtest/gtest.h"

namespace rollport {
namespace {

TEST(SortedMapTest, IsWhatAMapIs) {
  std::mt19937 random{7};
  std::map<int, std::string> expected;
  SortedMap<int, std::string> map;
  for (int round = 0; round < 5'000; ++round) {
    const int key = static_cast<int>(random() % 50);
    if (random() % 3 == 0) {
      expected.erase(key);
      map.erase(key);
    } else {
      expected[key] += 'x';
      map[key] += 'x';
    }
    ASSERT_EQ(map.contains(key), expected.contains(key));
    ASSERT_EQ(map.size(), expected.size());
    ASSERT_TRUE(std::equal(
        map.begin(), map.end(), expected.begin(),
        [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; }));
  }
  EXPECT_FALSE(map.empty());
}

TEST(SortedMapTest, FindsAndComparesByValue) {
  SortedMap<int, std::string> map;
  map[2] = "two";
  map[1] = "one";
  const SortedMap<int, std::string> copy = map;
  EXPECT_EQ(copy, map);
  map.at(1) = "another";
  EXPECT_NE(copy, map);
  EXPECT_EQ(copy.at(1), "one");
  EXPECT_EQ(copy.find(2)->second, "two");
  EXPECT_EQ(copy.find(3), copy.end());
  EXPECT_THROW(map.at(3), std::out_of_range);
}

TEST(NextFinderTest, FindsInAnyOrder) {
  SortedMap<int, std::string> map;
  for (int key = 0; key < 20; key += 2) map[key] = std::to_string(key);
  NextFinder finder(map);
  for (const int key : {0, 2, 4, 5, 6, 2, 18, 20, 18, -1, 0, 8, 7}) {
    const std::string* const found = finder.Find(key);
    ASSERT_EQ(found != nullptr, map.contains(key)) << key;
    if (found == nullptr) continue;
    EXPECT_EQ(*found, std::to_string(key));
  }
}

}  // namespace
}  // namespace rollport
