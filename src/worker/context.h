// What all connections of a worker share.
#ifndef ROLLPORT_WORKER_CONTEXT_H_
#define ROLLPORT_WORKER_CONTEXT_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "http/date.h"
#include "os/event_loop.h"
#include "protocol/worker_page.h"
#include "rollport/worker.h"
#include "worker/batch_counter.h"
#include "worker/buffers.h"
#include "worker/deadline.h"
#include "worker/router.h"

namespace rollport::worker {

struct Context {
  // The time now, for a Date field. Valid until the next call.
  std::string_view Date();

  os::EventLoop& loop;
  const WorkerOptions& options;
  const TimeLimits limits;
  const Router& router;
  protocol::WorkerPage& page;
  const std::string& fields;  // lines of a head that every answer gets
  const std::function<void(const Worker::AccessRecord&)>& on_access;

  StringPool pool;
  std::vector<char> scratch;  // see Input
  http::DateCache date;
  BatchCounter batches;
  // From SIGTERM on.
  bool draining = false;
  // Every answer says "Connection: close", because there is no successor to take the connection.
  bool last_answers = false;
  // At the end of the drain: a connection that is idle, or becomes idle, gets its FIN.
  bool end_of_drain = false;
};

}  // namespace rollport::worker

#endif  // ROLLPORT_WORKER_CONTEXT_H_
