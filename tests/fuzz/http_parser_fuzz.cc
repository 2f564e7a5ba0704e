// Any bytes, cut anywhere: neither parser crashes, and what it says depends on the bytes alone. The
// first byte chooses the parser, the second how the rest is cut.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "http/parser.h"
#include "tests/http/parser_script.h"

namespace rollport::http {
namespace {

constexpr Limits kLimits{.max_head = 256, .max_body = 64};

template <typename Parser>
void ExpectSameHoweverCut(std::string_view bytes, size_t step) {
  std::vector<size_t> cuts;
  for (size_t at = step; at < bytes.size(); at += step) cuts.push_back(at);
  const std::string whole = Parse<Parser>(bytes, {}, kLimits);
  const std::string pieces = Parse<Parser>(bytes, cuts, kLimits);
  RP_CHECK(whole == pieces, whole + " in one piece, in several " + pieces);
}

}  // namespace
}  // namespace rollport::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const size_t step = 1 + data[1] % 32;
  if (data[0] % 2 == 0) {
    rollport::http::ExpectSameHoweverCut<rollport::http::RequestParser>(bytes, step);
  } else {
    rollport::http::ExpectSameHoweverCut<rollport::http::ResponseParser>(bytes, step);
  }
  return 0;
}
