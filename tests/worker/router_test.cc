#include "worker/router.h"

#include "gtest/gtest.h"

namespace rollport::worker {
namespace {

TEST(RouterTest, TheLongestWinsAndTheLaterOfEquals) {
  Router router;
  const auto handler = [](const Request&, Response) {};
  for (const char* path : {"/", "/a", "/a/", "/a/b"}) router.Add(path, handler);
  const Handler* former = router.Find("/a/");
  router.Add("/a/", handler);
  EXPECT_NE(router.Find("/a/"), former);
  EXPECT_EQ(router.Find(""), nullptr);
  EXPECT_EQ(router.Find("*"), nullptr);
  EXPECT_NE(router.Find("/a"), router.Find("/a/"));
  EXPECT_EQ(router.Find("/a/x"), router.Find("/a/"));
  EXPECT_NE(router.Find("/a/b"), router.Find("/a/"));
  EXPECT_EQ(router.Find("/ab"), router.Find("/"));
}

TEST(RouterTest, DecodesWhatIsAnEscapeAndLeavesTheRest) {
  struct {
    const char *text, *decoded;
  } cases[] = {
      {"a+b%20c%2B", "a b c+"}, {"%41%5a", "AZ"}, {"%", "%"}, {"%4", "%4"},
      {"%4x", "%4x"},           {"%%41", "%A"},   {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(DecodeQuery(c.text), c.decoded) << c.text;
}

}  // namespace
}  // namespace rollport::worker
