#include "protocol/mapped_page.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cstddef>

#include "gtest/gtest.h"

namespace rollport::protocol {
namespace {

TEST(MappedPageTest, CountsOutliveTheProcessThatMadeThem) {
  const os::UniqueFd fd = *MappedPage::CreateFd();
  const MappedPage reader = *MappedPage::Map(fd.get());
  EXPECT_FALSE(reader.InUse());
  const pid_t child = fork();
  if (child == 0) {
    MappedPage page = *MappedPage::Map(fd.get());
    page.Begin();
    page->connections_accepted.Add(7);
    page->responses[2].Add(3);
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(reader.InUse());
  EXPECT_EQ(reader->connections_accepted.Get(), 7u);
  EXPECT_EQ(reader->responses[2].Get(), 3u);
}

TEST(MappedPageTest, AMappingThatIsKeptFromChildrenIsNotForked) {
  const os::UniqueFd fd = *MappedPage::CreateFd();
  MappedPage page = *MappedPage::Map(fd.get());
  const auto child_has_it = [&page] {
    const pid_t child = fork();
    // ENOMEM if nothing is mapped there: msync(2).
    if (child == 0) _exit(msync(&*page, kWorkerPageBytes, MS_ASYNC) == 0 ? 1 : 0);
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status) == 1;
  };
  EXPECT_TRUE(child_has_it());
  page.KeepFromChildren();
  EXPECT_FALSE(child_has_it());
  EXPECT_FALSE(page.InUse());
}

TEST(MappedPageTest, NoProcessCanShrinkThePageUnderAReader) {
  const os::UniqueFd fd = *MappedPage::CreateFd();
  EXPECT_NE(ftruncate(fd.get(), 0), 0);
}

TEST(MappedPageTest, RefusesAFileThatCouldBeShrunkUnderAReader) {
  const os::UniqueFd fd(memfd_create("rollport-page", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(fd.get(), kWorkerMemoryBytes), 0);
  EXPECT_FALSE(MappedPage::Map(fd.get()).ok());
  ASSERT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW), 0);
  EXPECT_FALSE(MappedPage::Map(fd.get()).ok());
  ASSERT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  EXPECT_TRUE(MappedPage::Map(fd.get()).ok());
}

TEST(MappedPageTest, RefusesAFileThatIsNoPage) {
  const os::UniqueFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(MappedPage::Map(fd.get()).ok());
  EXPECT_FALSE(MappedPage::Map(-1).ok());
}

TEST(MappedPageTest, APageOfTheFirstReleaseCountsToo) {
  // As version 1 made and filled it: 4096 bytes, and nothing after probe_requests.
  const os::UniqueFd fd(memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(ftruncate(fd.get(), 4096), 0);
  ASSERT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  MappedPage page = *MappedPage::Map(fd.get());
  EXPECT_EQ(page.user(), nullptr);
  page.Begin();
  page->version = 1;
  page->responses[2].Add(3);
  const MappedPage reader = *MappedPage::Map(fd.get());
  EXPECT_TRUE(reader.InUse());
  EXPECT_TRUE(reader.Has(1));
  EXPECT_FALSE(reader.Has(2));
  EXPECT_EQ(reader->responses[2].Get(), 3u);
}

TEST(MappedPageTest, TheLayoutOfTheFirstReleaseStaysWhereItIs) {
  EXPECT_EQ(offsetof(WorkerPage, connections_open), 16u);
  EXPECT_EQ(offsetof(WorkerPage, responses), 64u);
  EXPECT_EQ(offsetof(WorkerPage, probe_requests), 112u);
  EXPECT_EQ(offsetof(WorkerPage, latency_nanos), 128u);
  EXPECT_EQ(sizeof(UserSeries), 704u);
}

TEST(MappedPageTest, UserCodeHasRoomBehindThePage) {
  const os::UniqueFd fd = *MappedPage::CreateFd();
  MappedPage page = *MappedPage::Map(fd.get());
  ASSERT_NE(page.user(), nullptr);
  page.user()->series[kMaxUserSeries - 1].value.Add(1.5);
  const MappedPage reader = *MappedPage::Map(fd.get());
  EXPECT_EQ(reader.user()->series[kMaxUserSeries - 1].value.Get(), 1.5);
}

TEST(MappedPageTest, APrivatePageCountsToo) {
  MappedPage page = *MappedPage::Private();
  page->connections_open.Add(2);
  page->connections_open.Sub(1);
  EXPECT_EQ(page->connections_open.Get(), 1u);
}

}  // namespace
}  // namespace rollport::protocol
