#include "metrics/mapped_page.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "gtest/gtest.h"

namespace rollport::metrics {
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

TEST(MappedPageTest, NobodyCanShrinkThePageUnderAReader) {
  const os::UniqueFd fd = *MappedPage::CreateFd();
  EXPECT_NE(ftruncate(fd.get(), 0), 0);
}

TEST(MappedPageTest, RefusesAFileThatIsNoPage) {
  const os::UniqueFd fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_FALSE(MappedPage::Map(fd.get()).ok());
  EXPECT_FALSE(MappedPage::Map(-1).ok());
}

TEST(MappedPageTest, APrivatePageCountsToo) {
  MappedPage page = *MappedPage::Private();
  page->connections_open.Add(2);
  page->connections_open.Sub(1);
  EXPECT_EQ(page->connections_open.Get(), 1u);
}

}  // namespace
}  // namespace rollport::metrics
