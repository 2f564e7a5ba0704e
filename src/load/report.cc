#include "load/report.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "absl/time/time.h"
#include "base/printable.h"
#include "load/rounding.h"

namespace rollport::load {
namespace {

using Json = nlohmann::ordered_json;

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kClean:
      return "clean";
    case Verdict::kLost:
      return "lost";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

Json LatencyJson(const Histogram& latency) {
  return {{"count", latency.count()},
          {"mean", Millis(latency.Mean())},
          {"p50", Millis(latency.Quantile(0.5))},
          {"p90", Millis(latency.Quantile(0.9))},
          {"p99", Millis(latency.Quantile(0.99))},
          {"p99.9", Millis(latency.Quantile(0.999))},
          {"max", Millis(latency.max())}};
}

Json LostByKind(const Tally& tally) {
  Json lost = Json::object();
  for (const Outcome outcome : AllOutcomes()) {
    if (IsLost(outcome)) lost[std::string(OutcomeName(outcome))] = tally.Count(outcome);
  }
  return lost;
}

uint64_t RequestsOf(const Tally& tally, ClientKind kind) {
  uint64_t sum = 0;
  for (const Outcome outcome : AllOutcomes()) sum += tally.Count(kind, outcome);
  return sum;
}

uint64_t LostOf(const Tally& tally, ClientKind kind) {
  uint64_t sum = 0;
  for (const Outcome outcome : AllOutcomes()) {
    if (IsLost(outcome)) sum += tally.Count(kind, outcome);
  }
  return sum;
}

Json ClientsJson(const Plan& plan, const Tally& tally) {
  Json clients = Json::object();
  for (const ClientKind kind : AllClientKinds()) {
    if (plan.Clients(kind) == 0) continue;
    clients[std::string(ClientKindName(kind))] = {{"clients", plan.Clients(kind)},
                                                  {"requests", RequestsOf(tally, kind)},
                                                  {"lost", LostOf(tally, kind)},
                                                  {"latency_ms", LatencyJson(tally.latency(kind))}};
  }
  return clients;
}

Json SeriesJson(const Tally& tally) {
  Json requests = Json::array(), lost = Json::array(), max = Json::array();
  for (const SeriesBucket& bucket : tally.series()) {
    requests.push_back(bucket.requests);
    lost.push_back(bucket.lost);
    max.push_back(Millis(bucket.max));
  }
  return {{"bucket_seconds", Seconds(tally.bucket())},
          {"requests", requests},
          {"lost", lost},
          {"max_ms", max}};
}

Json LossesJson(const Tally& tally) {
  Json losses = Json::array();
  for (const Loss& loss : tally.losses()) {
    losses.push_back({{"began", Seconds(loss.began)},
                      {"ended", Seconds(loss.ended)},
                      {"client", ClientKindName(loss.client)},
                      {"kind", OutcomeName(loss.outcome)},
                      {"url", loss.url},
                      {"local", loss.local},
                      {"served_by", loss.served_by},
                      {"detail", loss.detail}});
  }
  return losses;
}

double Rate(const RunFacts& facts, const Tally& tally) {
  const double seconds = absl::ToDoubleSeconds(facts.elapsed);
  return seconds > 0 ? static_cast<double>(tally.requests()) / seconds : 0;
}

// Only what happened: a table of zeros hides the one number that is not zero.
std::string LostLines(const Tally& tally) {
  std::string text;
  for (const Outcome outcome : AllOutcomes()) {
    if (outcome == Outcome::kOk || tally.Count(outcome) == 0) continue;
    fmt::format_to(std::back_inserter(text), "    {:<17} {:>12}{}\n", OutcomeName(outcome),
                   tally.Count(outcome), IsLost(outcome) ? "" : "   (not the server's)");
  }
  return text;
}

}  // namespace

Verdict JudgeRun(const Tally& tally) {
  if (tally.lost() > 0 || tally.connections().stray > 0) return Verdict::kLost;
  const bool all_judged = tally.Count(Outcome::kOk) == tally.requests();
  return all_judged && tally.requests() > 0 ? Verdict::kClean : Verdict::kUnknown;
}

std::string JsonReport(const Plan& plan, const RunFacts& facts, const Tally& tally) {
  const ConnectionCounts& connections = tally.connections();
  Json servers = Json::object();
  for (const auto& [server, answers] : tally.servers()) servers[server] = answers;
  const Json report = {{"outcome", VerdictName(JudgeRun(tally))},
                       {"start_unix", Seconds(facts.wall_start - absl::UnixEpoch())},
                       {"seconds", Seconds(facts.elapsed)},
                       {"requests", tally.requests()},
                       {"ok", tally.Count(Outcome::kOk)},
                       {"lost", tally.lost()},
                       {"lost_by_kind", LostByKind(tally)},
                       {"local_errors", tally.Count(Outcome::kLocalError)},
                       {"unfinished", tally.Count(Outcome::kUnfinished)},
                       {"never_begun", facts.never_begun},
                       {"rate", std::round(Rate(facts, tally) * 10) / 10},
                       {"connections",
                        {{"opened", connections.opened},
                         {"idle_closed", connections.idle_closed},
                         {"idle_reset", connections.idle_reset},
                         {"left_open", connections.left_open},
                         {"stray", connections.stray}}},
                       {"bytes_received", tally.bytes_received()},
                       {"latency_ms", LatencyJson(tally.Latency())},
                       {"clients", ClientsJson(plan, tally)},
                       {"answers_by_server", servers},
                       {"series", SeriesJson(tally)},
                       {"losses", LossesJson(tally)},
                       {"losses_omitted", tally.losses_omitted()}};
  // Servers choose some of the text.
  return PrintableJson(report.dump(1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

std::string TextReport(const Plan& plan, const RunFacts& facts, const Tally& tally) {
  const ConnectionCounts& connections = tally.connections();
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "requests              {:>12}   {:.1f} a second for {:.1f} s\n",
                 tally.requests(), Rate(facts, tally), absl::ToDoubleSeconds(facts.elapsed));
  fmt::format_to(out, "connections           {:>12}   {} closed by the server while idle\n",
                 connections.opened, connections.idle_closed + connections.idle_reset);
  fmt::format_to(out, "lost                  {:>12}\n{}", tally.lost(), LostLines(tally));
  if (connections.stray > 0) {
    fmt::format_to(out, "unrequested bytes     {:>12}   times\n", connections.stray);
  }
  if (facts.never_begun > 0) {
    fmt::format_to(out, "never begun           {:>12}   no client was free\n", facts.never_begun);
  }
  const Histogram latency = tally.Latency();
  fmt::format_to(
      out, "latency ms     p50 {:.3f}   p90 {:.3f}   p99 {:.3f}   p99.9 {:.3f}   max {:.3f}\n",
      Millis(latency.Quantile(0.5)), Millis(latency.Quantile(0.9)), Millis(latency.Quantile(0.99)),
      Millis(latency.Quantile(0.999)), Millis(latency.max()));
  fmt::format_to(out, "{:<22}{:>12}{:>12}{:>12}{:>14}\n", "clients", "number", "requests", "lost",
                 "p99 ms");
  for (const ClientKind kind : AllClientKinds()) {
    if (plan.Clients(kind) == 0) continue;
    fmt::format_to(out, "  {:<22}{:>10}{:>12}{:>12}{:>14.3f}\n", ClientKindName(kind),
                   plan.Clients(kind), RequestsOf(tally, kind), LostOf(tally, kind),
                   Millis(tally.latency(kind).Quantile(0.99)));
  }
  return text;
}

std::string ProgressLine(absl::Duration elapsed, const Tally& tally) {
  return fmt::format("{:6.1f} s   requests {}   lost {}   p99.9 {:.3f} ms   max {:.3f} ms\n",
                     absl::ToDoubleSeconds(elapsed), tally.requests(), tally.lost(),
                     Millis(tally.Latency().Quantile(0.999)), Millis(tally.Latency().max()));
}

}  // namespace rollport::load
