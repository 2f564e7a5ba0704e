// The bytes of fleet.state, version 1. A controller of another build reads them, so whatever
// changes here needs a new version.
#ifndef ROLLPORT_TESTS_CONTROLLER_RECORD_GOLDEN_RECORD_H_
#define ROLLPORT_TESTS_CONTROLLER_RECORD_GOLDEN_RECORD_H_

namespace rollport::controller {

inline constexpr char kGoldenRecord[] =
    R"({"boot":"a boot","controller":4711,"generation":2,)"
    R"("generations":[{"generation":{"bytes":{"ctime":10,"device":6,)"
    R"("inode":18446744073709551615,"mtime":9,"size":8},"command":["server"],)"
    R"("directory":"/srv","env":[["C","D"]],"file":{"ctime":5,"device":1,"inode":2,)"
    R"("mtime":4,"size":3},"not_kept":"a script","number":2,"path":"/srv/server",)"
    R"("trust_path":true},)"
    R"("listen":["127.0.0.1:8080"],)"
    R"("served":true,)"
    R"("settings":{"command":["server","--name",{"hex":"636166c3a9"},{"hex":"fffe"}],)"
    R"("cpus":[[0,1],[2]],"env":[["A","1\n2"],["B",{"hex":"80"}],[{"hex":"ff"},""]],)"
    R"("listener":1,"listener_fd":0,"metrics":"http://127.0.0.1:1/metrics",)"
    R"("process":{"ambient":[10],"cpus":[5],"credentials":{"gid":2,"groups":[3,4],"uid":1},)"
    R"("limits":[{"resource":7,"value":18446744073709551615}],"umask":18},"ready":1,)"
    R"("stderr":{"kind":1,"path":""},"stdout":{"kind":2,"path":"/var/log/%s"},)"
    R"("stop_signal":3,"watchdog":"1.5s","working_dir":"/tmp"},"taken":1700000000123456789,)"
    R"("workers":6},{"generation":{"bytes":{"ctime":10,"device":6,)"
    R"("inode":18446744073709551615,"mtime":9,"size":8},"command":["server"],)"
    R"("directory":"/srv","env":[["C","D"]],"file":{"ctime":5,"device":1,"inode":2,)"
    R"("mtime":4,"size":3},"not_kept":"a script","number":3,"path":"/srv/server",)"
    R"("trust_path":true},)"
    R"("listen":["127.0.0.1:8080"],)"
    R"("served":true,)"
    R"("settings":{"command":["server","--name",{"hex":"636166c3a9"},{"hex":"fffe"}],)"
    R"("cpus":[[0,1],[2]],"env":[["A","1\n2"],["B",{"hex":"80"}],[{"hex":"ff"},""]],)"
    R"("listener":1,"listener_fd":0,"metrics":"http://127.0.0.1:1/metrics",)"
    R"("process":{"ambient":[10],"cpus":[5],"credentials":{"gid":2,"groups":[3,4],"uid":1},)"
    R"("limits":[{"resource":7,"value":18446744073709551615}],"umask":18},"ready":1,)"
    R"("stderr":{"kind":1,"path":""},"stdout":{"kind":2,"path":"/var/log/%s"},)"
    R"("stop_signal":3,"watchdog":"1.5s","working_dir":"/tmp"},"taken":1700000000123456789,)"
    R"("workers":6}],)"
    R"("last_generation":4,"last_roll":8,"notify_socket":"@x/y","rolling_to":3,)"
    R"("settings":{"admin":"127.0.0.1:9180","directory":"/srv","file":"/srv/fleet.toml",)"
    R"("health":{"healthy_after":4,"interval":"1.234567891s","path":"/ping","steady_interval":"3s","timeout":"2s",)"
    R"("unhealthy_after":5},)"
    R"("listen":["127.0.0.1:8080","[::1]:8080"],)"
    R"("name":"site",)"
    R"("roll":{"auto_revert":false,"canary":[{"hold":"1s","per_cent":12.5},{"hold":"inf",)"
    R"("per_cent":50.0}],"canary_errors":1.25,"canary_latency":3.5,"canary_min_requests":7,)"
    R"("drain_timeout":"5h","handshake_timeout":"4s","healthy_deadline":"2s",)"
    R"("keep_generations":9,"min_healthy_time":"1ms","surge":2,"watch":"7s"},)"
    R"("state_dir":"/run/site",)"
    R"("worker":{"command":["server","--name",{"hex":"636166c3a9"},{"hex":"fffe"}],)"
    R"("cpus":[[0,1],[2]],"env":[["A","1\n2"],["B",{"hex":"80"}],[{"hex":"ff"},""]],)"
    R"("listener":1,"listener_fd":0,"metrics":"http://127.0.0.1:1/metrics",)"
    R"("process":{"ambient":[10],"cpus":[5],"credentials":{"gid":2,"groups":[3,4],"uid":1},)"
    R"("limits":[{"resource":7,"value":18446744073709551615}],"umask":18},"ready":1,)"
    R"("stderr":{"kind":1,"path":""},"stdout":{"kind":2,"path":"/var/log/%s"},)"
    R"("stop_signal":3,"watchdog":"1.5s","working_dir":"/tmp"},)"
    R"("workers":3},"slots":5,"version":1,)"
    R"("workers":[{"deadline_nanos":1234567,"generation":2,"pid":4712,"slot":1,)"
    R"("start_time":99,"state":"quiescing"}]})";

}  // namespace rollport::controller

#endif  // ROLLPORT_TESTS_CONTROLLER_RECORD_GOLDEN_RECORD_H_
