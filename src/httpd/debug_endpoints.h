// Handlers for tests: slow ones, streams of any length, and an echo of the body of any method.
#ifndef ROLLPORT_HTTPD_DEBUG_ENDPOINTS_H_
#define ROLLPORT_HTTPD_DEBUG_ENDPOINTS_H_

#include "rollport/worker.h"

namespace rollport::httpd {

// Adds to `worker`, which must outlive its handlers:
// - /debug/sleep?ms=N answers after N ms, at most an hour, and blocks no other request;
// - /debug/echo returns the request's body with its Content-Type;
// - /debug/stream?chunks=N&ms=M sends the lines "chunk 1" to "chunk N", M ms apart.
// A number that is left out is 0, or 1 for chunks; a wrong one is answered with 400.
void AddDebugEndpoints(Worker* worker);

}  // namespace rollport::httpd

#endif  // ROLLPORT_HTTPD_DEBUG_ENDPOINTS_H_
