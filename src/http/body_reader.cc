#include "http/body_reader.h"

#include <algorithm>

namespace rollport::http {
namespace {

constexpr char kLongChunk[] = "a chunk longer than its size";

ParseError ErrorOf(const char* complaint) {
  if (complaint == kContentOverLimit) return {413, complaint};
  if (complaint == kExtrasOverLimit) return {431, complaint};
  return {400, complaint};
}

}  // namespace

void BodyReader::StartLength(uint64_t length) {
  place_ = Place::kLength;
  left_ = length;
}

void BodyReader::StartChunked() {
  room_ = limits_.max_body;
  extras_left_ = limits_.max_head;
  StartChunk();
}

void BodyReader::StartToEof() {
  place_ = Place::kToEof;
  left_ = limits_.max_body;
}

ParseEvent BodyReader::Piece(std::string_view input, size_t* consumed, std::string_view* piece) {
  *piece = input.substr(0, std::min<uint64_t>(left_, input.size()));
  *consumed += piece->size();
  left_ -= piece->size();
  return ParseEvent::kBody;
}

ParseEvent BodyReader::Next(std::string_view input, size_t* consumed, std::string_view* piece,
                            ParseError* error) {
  *consumed = 0;
  if (place_ == Place::kLength) {
    if (left_ == 0) return ParseEvent::kEnd;
    return input.empty() ? ParseEvent::kNeedMore : Piece(input, consumed, piece);
  }
  if (place_ == Place::kToEof) {
    if (input.empty()) return ParseEvent::kNeedMore;
    if (left_ > 0) return Piece(input, consumed, piece);
    *error = ErrorOf(kContentOverLimit);
    return ParseEvent::kError;
  }
  while (place_ != Place::kEnd) {
    if (*consumed == input.size()) return ParseEvent::kNeedMore;
    if (place_ == Place::kData) {
      if (left_ > 0) return Piece(input.substr(*consumed), consumed, piece);
      place_ = Place::kDataCr;
    }
    if (const char* complaint = ReadFraming(input, consumed); complaint != nullptr) {
      *error = ErrorOf(complaint);
      return ParseEvent::kError;
    }
  }
  return ParseEvent::kEnd;
}

const char* BodyReader::ReadFraming(std::string_view input, size_t* consumed) {
  const char* complaint = nullptr;
  switch (place_) {
    case Place::kSizeLine:
      complaint = size_line_.Read(input, consumed, &extras_left_);
      if (size_line_.done()) EndSizeLine();
      return complaint;
    case Place::kDataCr:
      place_ = Place::kDataLf;
      return input[(*consumed)++] == '\r' ? nullptr : kLongChunk;
    case Place::kDataLf:
      StartChunk();
      return input[(*consumed)++] == '\n' ? nullptr : kLongChunk;
    case Place::kTrailer:
      complaint = trailer_.Read(input, consumed, &extras_left_);
      if (trailer_.done()) place_ = Place::kEnd;
      return complaint;
    default:
      return "a byte where none belongs";
  }
}

void BodyReader::StartChunk() {
  place_ = Place::kSizeLine;
  size_line_.Begin(room_);
}

void BodyReader::EndSizeLine() {
  left_ = size_line_.size();
  room_ -= left_;
  place_ = left_ > 0 ? Place::kData : Place::kTrailer;
  trailer_.Begin();
}

}  // namespace rollport::http
