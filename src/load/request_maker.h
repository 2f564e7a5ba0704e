// Makes requests, and says what must come back for each.
#ifndef ROLLPORT_LOAD_REQUEST_MAKER_H_
#define ROLLPORT_LOAD_REQUEST_MAKER_H_

#include <cstdint>
#include <random>
#include <string>

#include "load/answer_check.h"
#include "load/plan.h"

namespace rollport::load {

class RequestMaker {
 public:
  // `plan` is borrowed and must outlive this and every Expectation.
  explicit RequestMaker(const Plan& plan);

  // Writes a whole request of `client` to `target` over `*bytes`. Each body of a POST is another
  // piece of one pseudo-random text, so an answer that belongs to another request is noticed;
  // every second one is sent chunked. The expectation's views are valid as long as this is.
  Expectation Make(ClientKind client, const Target& target, std::string* bytes);

 private:
  Expectation MakePost(const Target& target, std::string* bytes);

  const Plan& plan_;
  std::mt19937_64 random_;
  std::string text_;
  bool chunked_ = false;
};

}  // namespace rollport::load

#endif  // ROLLPORT_LOAD_REQUEST_MAKER_H_
