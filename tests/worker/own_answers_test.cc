#include "worker/own_answers.h"

#include "gtest/gtest.h"

namespace rollport::worker {
namespace {

// "STATUS ALLOW".
std::string Ask(std::string_view method, std::string_view path, bool has_handler = false,
                bool draining = false) {
  const auto own = AnswerItself(
      method, path, {.health_path = "/healthz", .draining = draining, .has_handler = has_handler});
  return own ? std::to_string(own->status) + " " + std::string(own->allow) : "the handler";
}

TEST(OwnAnswersTest, AHandlerGetsEveryMethod) {
  for (const char* method : {"GET", "OPTIONS", "TRACE", "BREW"}) {
    EXPECT_EQ(Ask(method, "/", true), "the handler") << method;
  }
}

TEST(OwnAnswersTest, TheHealthPathIsTheWorkersOwn) {
  for (const bool has_handler : {false, true}) {
    EXPECT_EQ(Ask("GET", "/healthz", has_handler), "200 ");
    EXPECT_EQ(Ask("GET", "/healthz", has_handler, /*draining=*/true), "503 ");
    EXPECT_EQ(Ask("OPTIONS", "/healthz", has_handler), "200 GET, HEAD, OPTIONS");
    EXPECT_EQ(Ask("OPTIONS", "/healthz", has_handler, true), "503 GET, HEAD, OPTIONS");
    EXPECT_EQ(Ask("BREW", "/healthz", has_handler), "501 ");
  }
  EXPECT_FALSE(AnswerItself("GET", "", {.health_path = "", .has_handler = true}).has_value());
}

TEST(OwnAnswersTest, OptionsOfTheServerAndOfItsRootAreAnswered) {
  for (const char* path : {"*", "/"}) {
    EXPECT_EQ(Ask("OPTIONS", path), "204 GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS") << path;
  }
  EXPECT_EQ(Ask("OPTIONS", "/none"), "404 ");
}

TEST(OwnAnswersTest, WhatIsUnknown) {
  EXPECT_EQ(Ask("GET", "/"), "404 ");
  EXPECT_EQ(Ask("PATCH", "/none"), "404 ");
  for (const char* method : {"BREW", "get", "PROPFIND", "PRI"}) {
    EXPECT_EQ(Ask(method, "/"), "501 ") << method;
  }
}

}  // namespace
}  // namespace rollport::worker
