#include "admin/paced_acceptor.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace rollport::admin {
namespace {

// About 3000 clients a second, at about 20 us each.
constexpr int kAcceptsAtOnce = 16;
constexpr absl::Duration kPace = absl::Milliseconds(5);
// Out of descriptors or memory: the client stays in the queue until the next try.
constexpr absl::Duration kShortage = absl::Milliseconds(100);

}  // namespace

PacedAcceptor::PacedAcceptor(os::EventLoop& loop, os::UniqueFd listener,
                             std::function<void(os::UniqueFd)> accepted)
    : listener_(std::move(listener)),
      accepted_(std::move(accepted)),
      watch_(loop, listener_.get(), [this](uint32_t) { AcceptSome(); }),
      again_(loop, [this] { watch_.Set(EPOLLIN).IgnoreError(); }) {}

absl::Status PacedAcceptor::Start() { return watch_.Set(EPOLLIN); }

void PacedAcceptor::AcceptSome() {
  absl::Duration pause = kPace;
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    os::UniqueFd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (fd.valid()) {
      accepted_(std::move(fd));
    } else if (errno == EAGAIN) {
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      pause = kShortage;
      break;
    }
  }
  watch_.Set(0).IgnoreError();
  again_.After(pause);
}

}  // namespace rollport::admin
