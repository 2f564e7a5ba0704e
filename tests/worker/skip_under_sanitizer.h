// For a test whose worker runs out of descriptors.
#ifndef ROLLPORT_TESTS_WORKER_SKIP_UNDER_SANITIZER_H_
#define ROLLPORT_TESTS_WORKER_SKIP_UNDER_SANITIZER_H_

#include "gtest/gtest.h"

// UndefinedBehaviorSanitizer asks the kernel through a pipe whether memory can be read, and takes a
// lack of descriptors for a no.
#ifdef __SANITIZE_ADDRESS__
#define SKIP_UNDER_SANITIZER() GTEST_SKIP() << "the sanitizer itself needs descriptors"
#else
#define SKIP_UNDER_SANITIZER() static_cast<void>(0)
#endif

#endif  // ROLLPORT_TESTS_WORKER_SKIP_UNDER_SANITIZER_H_
