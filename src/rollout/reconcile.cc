#include "rollout/reconcile.h"

#include "rollout/canary.h"
#include "rollout/launch.h"
#include "rollout/resize.h"
#include "rollout/retirement.h"
#include "rollout/roll_end.h"
#include "rollout/roll_order.h"
#include "rollout/shares.h"
#include "rollout/stop.h"
#include "rollout/watch.h"
#include "rollout/worker_admission.h"

namespace rollport::rollout {
namespace {

void NoteStarted(Turn& turn) {
  Fleet& fleet = turn.fleet();
  if (fleet.started) return;
  for (const Slot& slot : fleet.slots) {
    // A slot that keeps failing must not keep a person from rolling the remedy out.
    const bool tried = slot.failures > 0 && fleet.ever_healthy;
    if (!slot.closed && !slot.serving.has_value() && !tried) return;
  }
  fleet.started = true;
  turn.Do(FleetStarted{});
}

void DecideAll(Turn& turn) {
  do {
    turn.set_changed(false);
    AdmitHealthy(turn);
    RetireDismissed(turn);
    AwaitAnswers(turn);
    RunCanary(turn);
    PickSlots(turn);
    LaunchMissing(turn);
    NoteStarted(turn);
    EndRoll(turn);
  } while (turn.changed());
}

// A worker is quiesced when the program that gave it a share has been replaced: see action.h.
void ShareOutAndQuiesce(Turn& turn) {
  ShareOut(turn);
  for (const WorkerId id : turn.to_quiesce()) turn.Do(QuiesceWorker{id});
}

}  // namespace

void Reconcile(Turn& turn) {
  if (!turn.fleet().stopping) DecideAll(turn);
  ForgetClosed(turn.fleet());
  if (turn.fleet().stopping) return NoteStopped(turn);
  ShareOutAndQuiesce(turn);
}

}  // namespace rollport::rollout
