// rollport-httpd as a web server, through real sockets.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "tests/httpd/httpd_process.h"

namespace rollport::httpd {
namespace {

constexpr size_t kLarge = 300 << 10;

std::string LargeContent() {
  std::string content(kLarge, '\0');
  for (size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 + i / 251);
  return content;
}

class Serve : public testing::Test {
 protected:
  Serve() {
    site_.Write("index.html", "<p>home");
    site_.Write("a/index.html", "<p>a");
    site_.Write("hi.txt", "hi\n");
    site_.Write("empty.txt", "");
    site_.Write("large.bin", LargeContent());
    site_.Write("../secret.txt", "secret");
    site_.Write(".env", "secret");
    site_.Write("with space & \xC3\xA4.txt", "odd name");
  }
  Site site_;
};

TEST_F(Serve, FilesWithTheirFields) {
  const HttpdProcess httpd(site_);
  for (int i = 0; i < 2; ++i) {  // from the disk, then from memory
    const Answer hi = httpd.Get("/hi.txt");
    EXPECT_EQ(hi.status, 200);
    EXPECT_EQ(hi.body, "hi\n");
    EXPECT_EQ(hi.fields.at("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(hi.fields.at("Content-Length"), "3");
    EXPECT_EQ(hi.fields.at("Accept-Ranges"), "bytes");
    EXPECT_EQ(hi.fields.at("Server"), "rollport-httpd");
    EXPECT_EQ(hi.fields.count("ETag"), 1u);
    EXPECT_EQ(hi.fields.count("Last-Modified"), 1u);
    EXPECT_EQ(httpd.Get("/empty.txt").status, 200);
    EXPECT_EQ(httpd.Get("/empty.txt").body, "");
  }
  EXPECT_EQ(httpd.Get("/with%20space%20&%20%C3%A4.txt").body, "odd name");
  EXPECT_EQ(httpd.Get("/hi.txt?x=1").body, "hi\n");
  EXPECT_EQ(httpd.Get("//a//../hi.txt").body, "hi\n");
  EXPECT_EQ(httpd.Get("http://h/hi.txt").body, "hi\n");
}

TEST_F(Serve, LargeFilesWhole) {
  const HttpdProcess httpd(site_);
  const Answer large = httpd.Get("/large.bin");
  EXPECT_EQ(large.status, 200);
  EXPECT_EQ(large.fields.at("Content-Type"), "application/octet-stream");
  EXPECT_TRUE(large.body == LargeContent());
}

TEST_F(Serve, FoldersByTheirIndex) {
  const HttpdProcess httpd(site_);
  EXPECT_EQ(httpd.Get("/").body, "<p>home");
  EXPECT_EQ(httpd.Get("/a/").body, "<p>a");
  EXPECT_EQ(httpd.Get("/a/").fields.at("Content-Type"), "text/html; charset=utf-8");
  const Answer moved = httpd.Get("/x/../a?q=1");
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(moved.fields.at("Location"), "/a/?q=1");
  std::filesystem::create_directory(site_.path("bare"));
  EXPECT_EQ(httpd.Get("/bare/").status, 404);
  EXPECT_EQ(httpd.Get("/hi.txt/").status, 404);
}

TEST_F(Serve, ARedirectNeverLeadsToAnotherHost) {
  std::filesystem::create_directory(site_.path("evil.example"));
  const HttpdProcess httpd(site_);
  EXPECT_EQ(httpd.Get("//evil.example").fields.at("Location"), "/evil.example/");
}

TEST_F(Serve, NothingOutsideOfTheRoot) {
  site_.Link("../secret.txt", "leads-out");
  site_.Link(site_.path("hi.txt"), "absolute");
  site_.Link("/proc/self/root", "proc");
  site_.Link("a/../hi.txt", "leads-in");
  site_.Link("round", "round");
  const HttpdProcess httpd(site_);
  for (const char* target : {"/../secret.txt", "/%2e%2e/secret.txt", "/a/../../secret.txt",
                             "/..%2fsecret.txt", "/leads-out", "/absolute", "/proc/etc/passwd",
                             "/.env", "/%2eenv", "/a%00.txt", "/round", "/nothing", "/hi.txt/x"}) {
    const Answer answer = httpd.Get(target);
    EXPECT_TRUE(answer.status == 400 || answer.status == 404) << target << ": " << answer.status;
    EXPECT_EQ(answer.body.find("secret"), std::string::npos) << target;
  }
  EXPECT_EQ(httpd.Get("/leads-in").body, "hi\n");
}

TEST_F(Serve, OnlyRegularFiles) {
  ASSERT_EQ(mkfifo(site_.path("fifo").c_str(), 0600), 0);
  const HttpdProcess httpd(site_);
  EXPECT_EQ(httpd.Get("/fifo").status, 404);
}

TEST_F(Serve, FilesThatMayNotBeRead) {
  if (geteuid() == 0) GTEST_SKIP() << "root may read everything";
  chmod(site_.path("hi.txt").c_str(), 0);
  const HttpdProcess httpd(site_);
  EXPECT_EQ(httpd.Get("/hi.txt").status, 403);
}

TEST_F(Serve, HeadWithoutABody) {
  const HttpdProcess httpd(site_);
  Client client = httpd.Connect();
  for (const char* target : {"/hi.txt", "/large.bin", "/nothing", "/hi.txt"}) {
    client.Send(Request1(target, "", "HEAD"));
    const Answer head = client.Read("HEAD");
    EXPECT_EQ(head.body, "");
    EXPECT_EQ(head.error, "");
  }
  client.Send(Request1("/large.bin", "Range: bytes=0-1\r\n", "HEAD"));
  const Answer head = client.Read("HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.fields.at("Content-Length"), std::to_string(kLarge));
}

TEST_F(Serve, NoOtherMethods) {
  const HttpdProcess httpd(site_);
  Client client = httpd.Connect();
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE"}) {
    client.Send(Request1("/hi.txt", "", method));
    const Answer answer = client.Read();
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.fields.at("Allow"), "GET, HEAD, OPTIONS");
  }
  for (const char* method : {"BREW", "get", "PROPFIND"}) {
    client.Send(Request1("/hi.txt", "", method));
    EXPECT_EQ(client.Read().status, 501) << method;
  }
}

TEST_F(Serve, OptionsIsAHealthCheckThatHAProxyMakesByDefault) {
  const HttpdProcess httpd(site_);
  for (const char* request :
       {"OPTIONS / HTTP/1.0\r\n\r\n", "OPTIONS * HTTP/1.0\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", "OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n",
        "OPTIONS /hi.txt HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    Client client = httpd.Connect();
    client.Send(request);
    const Answer answer = client.Read();
    EXPECT_EQ(answer.status, 204) << request;
    EXPECT_EQ(answer.fields.at("Allow"), "GET, HEAD, OPTIONS") << request;
  }
  Client client = httpd.Connect();
  client.Send("OPTIONS /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(client.Read().status, 200);
}

TEST_F(Serve, WhatTheClientHasAlready) {
  const HttpdProcess httpd(site_);
  for (const char* target : {"/hi.txt", "/large.bin"}) {
    const Answer whole = httpd.Get(target);
    const std::string tag = whole.fields.at("ETag"), date = whole.fields.at("Last-Modified");
    for (const std::string& fields :
         {"If-None-Match: " + tag + "\r\n", "If-Modified-Since: " + date + "\r\n"}) {
      const Answer answer = httpd.Get(target, fields);
      EXPECT_EQ(answer.status, 304);
      EXPECT_EQ(answer.fields.at("ETag"), tag);
      EXPECT_EQ(answer.body, "");
      EXPECT_EQ(answer.fields.count("Content-Length"), 0u);
    }
    EXPECT_EQ(
        httpd.Get(target, "If-None-Match: \"x\"\r\nIf-Modified-Since: " + date + "\r\n").status,
        200);
    EXPECT_EQ(httpd.Get(target, "If-Match: \"x\"\r\n").status, 412);
  }
}

TEST_F(Serve, AListMayComeInSeveralLines) {
  const HttpdProcess httpd(site_);
  for (const char* target : {"/hi.txt", "/large.bin"}) {
    const Answer whole = httpd.Get(target);
    const std::string tag = whole.fields.at("ETag"), date = whole.fields.at("Last-Modified");
    for (const std::string& lines :
         {"%: \"x\"\r\n%: " + tag + "\r\n", "%: " + tag + "\r\n%: \"x\"\r\n",
          "%: \"x\"\r\nA: b\r\n%: \"y\", " + tag + "\r\n"}) {
      const auto fields = [&](const char* name) {
        return absl::StrReplaceAll(lines, {{"%", name}});
      };
      EXPECT_EQ(httpd.Get(target, fields("If-None-Match")).status, 304) << lines;
      EXPECT_EQ(httpd.Get(target, fields("if-match")).status, 200) << lines;
    }
    EXPECT_EQ(httpd.Get(target, "If-Match: \"x\"\r\nIf-Match: \"y\"\r\n").status, 412);
    // No list: two values are none that is valid (RFC 9110 section 13.1.3).
    const std::string dates = "If-Modified-Since: " + date + "\r\n";
    EXPECT_EQ(httpd.Get(target, dates + dates).status, 200);
  }
}

TEST_F(Serve, OneRange) {
  const HttpdProcess httpd(site_);
  const std::string content = LargeContent();
  const Answer part = httpd.Get("/large.bin", "Range: bytes=70000-70009\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.fields.at("Content-Range"), "bytes 70000-70009/" + std::to_string(kLarge));
  EXPECT_TRUE(part.body == content.substr(70000, 10));
  EXPECT_TRUE(httpd.Get("/large.bin", "Range: bytes=-5\r\n").body ==
              content.substr(content.size() - 5));
  EXPECT_EQ(httpd.Get("/hi.txt", "Range: bytes=1-\r\n").body, "i\n");
  EXPECT_TRUE(httpd.Get("/large.bin", "Range: bytes=0-1,4-5\r\n").body == content);
  const Answer beyond = httpd.Get("/hi.txt", "Range: bytes=3-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.fields.at("Content-Range"), "bytes */3");
  const std::string tag = httpd.Get("/hi.txt").fields.at("ETag");
  EXPECT_EQ(httpd.Get("/hi.txt", "Range: bytes=1-\r\nIf-Range: " + tag + "\r\n").status, 206);
  EXPECT_EQ(httpd.Get("/hi.txt", "Range: bytes=1-\r\nIf-Range: \"x\"\r\n").status, 200);
  const std::string date =
      "Range: bytes=1-\r\nIf-Range: " + httpd.Get("/hi.txt").fields.at("Last-Modified") + "\r\n";
  EXPECT_EQ(httpd.Get("/hi.txt", date).status, 206);
  // A second that is not over.
  const timespec soon[2] = {{time(nullptr) + 3600, 0}, {time(nullptr) + 3600, 0}};
  ASSERT_EQ(utimensat(AT_FDCWD, site_.path("hi.txt").c_str(), soon, 0), 0);
  const std::string fresh =
      "Range: bytes=1-\r\nIf-Range: " + httpd.Get("/hi.txt").fields.at("Last-Modified") + "\r\n";
  EXPECT_EQ(httpd.Get("/hi.txt", fresh).status, 200);
}

TEST_F(Serve, AFileAsItIsNow) {
  const HttpdProcess httpd(site_);
  const std::string path = site_.path("hi.txt");
  Client client = httpd.Connect();
  const auto body = [&] { return client.Get("/hi.txt").body; };
  EXPECT_EQ(body(), "hi\n");
  EXPECT_EQ(body(), "hi\n");
  // Of the same length each time: replaced, written over, gone, and back with an old time stamp.
  site_.Write("new", "ho\n");
  std::filesystem::rename(site_.path("new"), path);
  EXPECT_EQ(body(), "ho\n");
  EXPECT_EQ(body(), "ho\n");
  for (int i = 0; i < 200; ++i) {
    const std::string text = std::to_string(100 + i);
    std::ofstream(path, std::ios::binary) << text;
    ASSERT_EQ(body(), text);
    ASSERT_EQ(body(), text);
  }
  std::filesystem::remove(path);
  EXPECT_EQ(client.Get("/hi.txt").status, 404);
  site_.Write("hi.txt", "old");
  EXPECT_EQ(body(), "old");
  // A path that comes to lead out of the root.
  std::filesystem::remove(path);
  site_.Link("../secret.txt", "hi.txt");
  EXPECT_EQ(client.Get("/hi.txt").status, 404);
}

// Returns when the file has been left alone for long enough to be held in memory.
void AwaitSettled(const std::string& path) {
  struct stat s;
  ASSERT_EQ(stat(path.c_str(), &s), 0);
  const timespec until{s.st_ctim.tv_sec + 1, s.st_ctim.tv_nsec};
  while (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, nullptr) == EINTR) {
  }
  // The server looks at the coarse clock, which is a tick behind.
  timespec now{};
  do {
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
  } while (now.tv_sec < until.tv_sec ||
           (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
}

TEST_F(Serve, AFileHeldInMemoryAsItIsNow) {
  const HttpdProcess httpd(site_);
  const std::vector<std::string> names = {"replaced", "written", "removed", "linked"};
  for (const std::string& name : names) site_.Write(name, "old");
  AwaitSettled(site_.path(names.back()));
  Client client = httpd.Connect();
  for (const std::string& name : names) {
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.Get("/" + name).body, "old");
  }
  site_.Write("fresh", "new");
  std::filesystem::rename(site_.path("fresh"), site_.path("replaced"));
  std::ofstream(site_.path("written"), std::ios::binary) << "new";
  std::filesystem::remove(site_.path("removed"));
  std::filesystem::remove(site_.path("linked"));
  site_.Link("../secret.txt", "linked");
  EXPECT_EQ(client.Get("/replaced").body, "new");
  EXPECT_EQ(client.Get("/written").body, "new");
  EXPECT_EQ(client.Get("/removed").status, 404);
  EXPECT_EQ(client.Get("/linked").status, 404);
}

TEST_F(Serve, WithoutMemoryForFilesToo) {
  const HttpdProcess httpd(site_, {"--cache", "0"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(httpd.Get("/hi.txt").body, "hi\n");
}

TEST_F(Serve, PipelinedRequestsInOrder) {
  const HttpdProcess httpd(site_);
  Client client = httpd.Connect();
  client.Send(Request1("/hi.txt") + Request1("/large.bin") + Request1("/nothing") +
              Request1("/hi.txt"));
  EXPECT_EQ(client.Read().body, "hi\n");
  EXPECT_EQ(client.Read().body.size(), kLarge);
  EXPECT_EQ(client.Read().status, 404);
  EXPECT_EQ(client.Read().body, "hi\n");
}

}  // namespace
}  // namespace rollport::httpd
