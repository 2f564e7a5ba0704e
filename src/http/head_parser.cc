#include "http/head_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "http/chars.h"
#include "http/host.h"
#include "http/list.h"

namespace rollport::http {
namespace {

namespace beast = boost::beast;

// What the fields say that decides where a message ends and whether another may follow.
struct Framing {
  int hosts = 0;
  std::string_view host;
  int content_lengths = 0;
  std::string_view content_length;
  int transfer_encodings = 0;  // field lines
  int codings = 0;             // elements of all of them
  bool last_is_chunked = false;
  bool chunked_twice = false;
  bool close = false;
  bool keep_alive = false;
  bool expect_continue = false;
};

void TakeTransferEncoding(std::string_view value, Framing* framing) {
  ++framing->transfer_encodings;
  ForEachElement(value, [&](std::string_view coding) {
    const bool chunked = EqualsIgnoringCase(coding, "chunked");
    framing->chunked_twice = framing->chunked_twice || (chunked && framing->last_is_chunked);
    framing->last_is_chunked = chunked;
    ++framing->codings;
  });
}

void TakeField(beast::http::field name, std::string_view value, Framing* framing) {
  switch (name) {
    case beast::http::field::host:
      ++framing->hosts;
      framing->host = value;
      break;
    case beast::http::field::content_length:
      ++framing->content_lengths;
      framing->content_length = value;
      break;
    case beast::http::field::transfer_encoding:
      TakeTransferEncoding(value, framing);
      break;
    case beast::http::field::connection:
      ForEachElement(value, [&](std::string_view option) {
        framing->close = framing->close || EqualsIgnoringCase(option, "close");
        framing->keep_alive = framing->keep_alive || EqualsIgnoringCase(option, "keep-alive");
      });
      break;
    case beast::http::field::expect:
      ForEachElement(value, [&](std::string_view expectation) {
        if (EqualsIgnoringCase(expectation, "100-continue")) framing->expect_continue = true;
      });
      break;
    default:
      break;
  }
}

std::string_view FromBoost(beast::string_view s) { return {s.data(), s.size()}; }

// Collects what Beast finds in one head.
template <bool kIsRequest, typename Head>
class Collector final : public beast::http::basic_parser<kIsRequest> {
 public:
  Collector(Head* head, Framing* framing) : head_(head), framing_(framing) {
    head_->fields.clear();
    this->header_limit(std::numeric_limits<uint32_t>::max());
    // BodyReader reads the body.
    this->skip(true);
  }

 private:
  using error_code = beast::error_code;

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, error_code&) override {
    if constexpr (kIsRequest) {
      head_->method = FromBoost(method);
      head_->target = FromBoost(target);
      head_->minor_version = version % 10;
    }
  }
  void on_response_impl(int status, beast::string_view reason, int version, error_code&) override {
    if constexpr (!kIsRequest) {
      head_->status = status;
      head_->reason = FromBoost(reason);
      head_->minor_version = version % 10;
    }
  }
  void on_field_impl(beast::http::field name, beast::string_view name_text,
                     beast::string_view value, error_code&) override {
    head_->fields.push_back({FromBoost(name_text), FromBoost(value)});
    TakeField(name, FromBoost(value), framing_);
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<uint64_t>&, error_code&) override {}
  size_t on_body_impl(beast::string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(uint64_t, beast::string_view, error_code&) override {}
  size_t on_chunk_body_impl(uint64_t, beast::string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Head* const head_;
  Framing* const framing_;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsVersion(std::string_view s) {
  return s.size() == 8 && s.substr(0, 5) == "HTTP/" && IsDigit(s[5]) && s[6] == '.' &&
         IsDigit(s[7]);
}

// Where the version stands in a start line of which it is the only fault; else npos.
size_t FindVersion(std::string_view bytes, bool request) {
  const std::string_view line = bytes.substr(0, bytes.find('\r'));
  if (!request) return IsVersion(line.substr(0, 8)) ? 0 : std::string_view::npos;
  const size_t first = line.find(' '), last = line.rfind(' ');
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const bool whole =
      !target.empty() && AllAre(kTargetChar, target) && bytes[line.size() + 1] == '\n';
  return whole && IsVersion(line.substr(last + 1)) ? last + 1 : std::string_view::npos;
}

const char* Describe(beast::http::error error) {
  switch (error) {
    case beast::http::error::bad_method:
      return "a bad method";
    case beast::http::error::bad_target:
      return "a bad request target";
    case beast::http::error::bad_status:
    case beast::http::error::bad_reason:
      return "a bad status line";
    case beast::http::error::bad_field:
      return "a bad field name";
    case beast::http::error::bad_line_ending:
      return "a bare CR";
    case beast::http::error::bad_content_length:
      return "a bad or conflicting Content-Length";
    case beast::http::error::bad_transfer_encoding:
      return "a bad or conflicting Transfer-Encoding";
    default:
      return "a bad field value";
  }
}

template <bool kIsRequest, typename Head>
std::optional<ParseError> RunBeast(std::string* bytes, Head* head, Framing* framing) {
  *framing = {};
  Collector<kIsRequest, Head> collector(head, framing);
  // The start line and the fields.
  collector.eager(true);
  beast::error_code error;
  const size_t used = collector.put(boost::asio::const_buffer(bytes->data(), bytes->size()), error);
  if (error == beast::http::error::bad_version) {
    const size_t version = FindVersion(*bytes, kIsRequest);
    if (version == std::string::npos) return ParseError{400, "a bad start line"};
    char& minor = (*bytes)[version + 7];
    if ((*bytes)[version + 5] != '1' || minor <= '1') {
      return ParseError{505, "an unsupported HTTP version"};
    }
    // A later 1.x is read as the highest that is known (RFC 9110 section 2.5). Beast knows 1.1.
    const int sent = std::exchange(minor, '1') - '0';
    std::optional<ParseError> wrong = RunBeast<kIsRequest>(bytes, head, framing);
    head->minor_version = sent;
    return wrong;
  }
  if (error) {
    return ParseError{400, Describe(static_cast<beast::http::error>(error.value()))};
  }
  // Only a misplaced CR can make Beast find another end than the scanner.
  if (!collector.is_done() || used != bytes->size()) return ParseError{400, "a bare CR"};
  return std::nullopt;
}

// RFC 9112 sections 6.1 to 6.3, and RFC 9110 section 8.6.
std::optional<ParseError> ApplyFraming(const Framing& framing, MessageHead* head) {
  head->chunked = false;
  head->content_length.reset();
  head->keep_alive = !framing.close && (head->minor_version >= 1 || framing.keep_alive);
  if (framing.content_lengths > 1) return ParseError{400, "several Content-Length fields"};
  if (framing.transfer_encodings > 0) {
    if (framing.content_lengths > 0) {
      return ParseError{400, "both Content-Length and Transfer-Encoding"};
    }
    if (head->minor_version == 0) return ParseError{400, "Transfer-Encoding in HTTP/1.0"};
    if (!framing.last_is_chunked)
      return ParseError{400, "a last transfer coding that is not chunked"};
    if (framing.chunked_twice) return ParseError{400, "chunked coding twice"};
    if (framing.codings > 1) return ParseError{501, "a transfer coding that is not known"};
    head->chunked = true;
    return std::nullopt;
  }
  if (framing.content_lengths == 0) return std::nullopt;
  const std::string_view text = framing.content_length;
  uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  // from_chars takes digits only: no sign, no space, no 0x.
  if (end != text.data() + text.size() || text.empty()) {
    return ParseError{400, "a bad Content-Length"};
  }
  if (error == std::errc::result_out_of_range) return ParseError{413, kContentOverLimit};
  head->content_length = length;
  return std::nullopt;
}

// RFC 9112 section 3.2: the four forms of a request target.
std::optional<ParseError> CheckTarget(const RequestHead& head) {
  const std::string_view target = head.target;
  if (head.method == "CONNECT") return ParseError{501, "CONNECT is for proxies"};
  if (!AllAre(kTargetChar, target)) return ParseError{400, "a bad request target"};
  if (target.front() == '/') return std::nullopt;
  if (target == "*" && head.method == "OPTIONS") return std::nullopt;
  const size_t colon = target.find("://");
  if (colon != std::string_view::npos && (EqualsIgnoringCase(target.substr(0, colon), "http") ||
                                          EqualsIgnoringCase(target.substr(0, colon), "https"))) {
    const std::string_view rest = target.substr(colon + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (IsHostAndPort(authority)) return std::nullopt;
  }
  return ParseError{400, "a bad request target"};
}

// RFC 9112 section 3.2. A field without a value belongs to a target without an authority.
std::optional<ParseError> CheckHost(const RequestHead& head, const Framing& framing) {
  if (framing.hosts > 1) return ParseError{400, "several Host fields"};
  if (framing.hosts == 0 && head.minor_version >= 1) return ParseError{400, "no Host field"};
  if (!framing.host.empty() && !IsHostAndPort(framing.host))
    return ParseError{400, "a bad Host field"};
  return std::nullopt;
}

}  // namespace

std::optional<ParseError> ParseRequestHead(std::string* bytes, RequestHead* head) {
  Framing framing;
  if (auto error = RunBeast<true>(bytes, head, &framing)) return error;
  if (auto error = CheckTarget(*head)) return error;
  if (auto error = CheckHost(*head, framing)) return error;
  // RFC 9110 section 10.1.1: ignored in HTTP/1.0.
  head->expect_continue = framing.expect_continue && head->minor_version >= 1;
  return ApplyFraming(framing, head);
}

std::optional<ParseError> ParseResponseHead(std::string* bytes, ResponseHead* head) {
  Framing framing;
  if (auto error = RunBeast<false>(bytes, head, &framing)) return error;
  if (head->status < 100 || head->status > 599) return ParseError{400, "a bad status line"};
  return ApplyFraming(framing, head);
}

}  // namespace rollport::http
