// Bounds how many streams are served at once, so that pages that are left open take no place from
// those who only ask and go, such as Prometheus.
#ifndef ROLLPORT_CONTROLLER_ENDPOINTS_STREAM_LIMIT_H_
#define ROLLPORT_CONTROLLER_ENDPOINTS_STREAM_LIMIT_H_

#include <memory>

#include "admin/message.h"

namespace rollport::controller {

class StreamLimit {
 public:
  explicit StreamLimit(int max) : max_(max) {}

  // `response`, or a 503 where its stream would be one too many. It counts until its stream is
  // destroyed, which may outlive this.
  admin::Response Admit(admin::Response response);

 private:
  const int max_;
  // Held once by this and once by every open stream; what it points to means nothing.
  std::shared_ptr<int> open_ = std::make_shared<int>();
};

}  // namespace rollport::controller

#endif  // ROLLPORT_CONTROLLER_ENDPOINTS_STREAM_LIMIT_H_
