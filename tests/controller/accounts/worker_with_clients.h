// A worker and clients of it, for the tests that count what it has cut.
#ifndef ROLLPORT_TESTS_CONTROLLER_ACCOUNTS_WORKER_WITH_CLIENTS_H_
#define ROLLPORT_TESTS_CONTROLLER_ACCOUNTS_WORKER_WITH_CLIENTS_H_

#include <sys/socket.h>

#include <list>
#include <memory>

#include "gtest/gtest.h"
#include "os/socket.h"
#include "tests/controller/support/puppet.h"

namespace rollport::controller {

// The parameter is the address that it listens on; the kernel chooses the port.
class WorkerWithClients : public testing::TestWithParam<const char*> {
 protected:
  WorkerWithClients() {
    const os::UniqueFd reserved = *os::Bind(*os::SocketAddress::Parse(GetParam()));
    address_ = *os::LocalAddress(reserved.get());
    listener_ = puppet_.Listen(address_);
  }
  // A client whose connection the worker has accepted. It has sent what it asks for if `waiting`,
  // and the worker has read it if `read`.
  void ConnectOne(bool waiting, bool read) {
    clients_.push_back(*os::Connect(address_));
    const uint64_t connection = puppet_.Accept(listener_);
    if (waiting) {
      ASSERT_EQ(send(clients_.back().get(), "GET", 3, MSG_NOSIGNAL), 3);
    }
    if (read) puppet_.Read(connection);
  }
  void AwaitEnd() {
    while (!ended_) ASSERT_TRUE(loop_->Turn(absl::Seconds(20)).ok());
  }

  Puppet puppet_;
  std::unique_ptr<os::EventLoop> loop_ = *os::EventLoop::Create();
  os::SockDiag diag_ = *os::SockDiag::Create();
  os::SocketAddress address_;
  uint64_t listener_ = 0;
  std::list<os::UniqueFd> clients_;
  bool ended_ = false;
  os::ExitStatus how_;
  const os::UniqueFd memory_ = *protocol::MappedPage::CreateFd();
  WorkerProcess worker_{*loop_,
                        WorkerId(1),
                        SlotId(0),
                        GenerationId(1),
                        puppet_.TakeProcess(),
                        *protocol::MappedPage::Map(memory_.get()),
                        os::UniqueFd(),
                        [this](os::ExitStatus how) {
                          how_ = how;
                          ended_ = true;
                        }};
};

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_ACCOUNTS_WORKER_WITH_CLIENTS_H_
