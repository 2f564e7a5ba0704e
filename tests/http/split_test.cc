// However the bytes arrive, the events are the same: every cut of every sample in two, byte by
// byte, and mutations of the samples cut at random.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "http/parser.h"
#include "tests/http/parser_script.h"

namespace rollport::http {
namespace {

const char* const kRequests[] = {
    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "\r\n\r\nGET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: h\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;x=\"y\\\"\"\r\nhello\r\n0a\r\n0123456789\r\n0\r\nT: u\r\n\r\nHEAD /x HTTP/1.1\r\nHost: "
    "h\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nConnection: close\r\n"
    "Content-Length: 1\r\n\r\nx",
    "GET / HTTP/1.1\r\nHost: h\r\nA: b\n\r\n",
    "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "POST http://[::1]:80/ HTTP/1.2\r\nHost: a%41.b:\r\nTransfer-Encoding: chunked\r\n\r\n"
    "1 ;a\t= \"\\\"\" ; b=c\r\nx\r\n0;d\r\n\r\nGET / HTTP/1.9\r\nHost: h\r\n\r\n",
    "GET "
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    "aaaa",
};
const char* const kResponses[] = {
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n0\r\nT: u\r\n\r\nHTTP/1.1 304 N\r\nContent-Length: 7\r\n\r\n",
    "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    "HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.3 200 OK\r\nContent-Length: 2\r\n\r\nhi",
};

constexpr Limits kLimits{.max_head = 160, .max_body = 64};

template <typename Parser>
void ExpectSameHoweverCut(const std::string& bytes) {
  const std::string whole = Parse<Parser>(bytes, {}, kLimits);
  std::vector<size_t> each;
  for (size_t i = 1; i < bytes.size(); ++i) {
    each.push_back(i);
    ASSERT_EQ(Parse<Parser>(bytes, {i}, kLimits), whole) << "cut at " << i << ": " << bytes;
  }
  ASSERT_EQ(Parse<Parser>(bytes, each, kLimits), whole) << "byte by byte: " << bytes;
}

TEST(SplitTest, EverySampleCutAtEveryByte) {
  for (const char* bytes : kRequests) ExpectSameHoweverCut<RequestParser>(bytes);
  for (const char* bytes : kResponses) ExpectSameHoweverCut<ResponseParser>(bytes);
}

// A fixed seed and a fixed number of rounds: the same inputs in every run.
class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  size_t Below(size_t n) { return n == 0 ? 0 : random_() % n; }

  std::string Mutate(std::string bytes, const std::string& other) {
    static constexpr char kBytes[] = "\r\n :;,0123abfxHTP/\t\"\\\x01\x7f\xff";
    for (size_t n = 1 + Below(4); n > 0; --n) {
      const size_t at = Below(bytes.size());
      const char c = kBytes[Below(sizeof kBytes)];
      switch (Below(5)) {
        case 0:
          bytes[at] = c;
          break;
        case 1:
          bytes.insert(at, 1, c);
          break;
        case 2:
          bytes.erase(at, 1 + Below(3));
          break;
        case 3:
          bytes.insert(at, bytes.substr(Below(bytes.size()), Below(30)));
          break;
        default:
          bytes = bytes.substr(0, at) + other.substr(Below(other.size()));
          break;
      }
      if (bytes.empty()) bytes = "G";
    }
    return bytes;
  }

  std::vector<size_t> Cuts(size_t size) {
    std::vector<size_t> cuts;
    for (size_t at = Below(20); at < size; at += 1 + Below(20)) cuts.push_back(at);
    return cuts;
  }

 private:
  std::mt19937 random_;
};

template <typename Parser, size_t kSamples>
void Fuzz(const char* const (&samples)[kSamples], uint32_t seed) {
  Mutator mutator(seed);
  for (int round = 0; round < 20'000; ++round) {
    const std::string bytes =
        mutator.Mutate(samples[mutator.Below(kSamples)], samples[mutator.Below(kSamples)]);
    const std::string whole = Parse<Parser>(bytes, {}, kLimits);
    ASSERT_EQ(Parse<Parser>(bytes, mutator.Cuts(bytes.size()), kLimits), whole)
        << "round " << round << ": " << bytes;
  }
}

TEST(SplitTest, MutatedRequests) { Fuzz<RequestParser>(kRequests, 1); }
TEST(SplitTest, MutatedResponses) { Fuzz<ResponseParser>(kResponses, 2); }

}  // namespace
}  // namespace rollport::http
