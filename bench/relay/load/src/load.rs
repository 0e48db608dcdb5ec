//! Packets at a steady pace from all senders, and what became of them.

use std::time::Duration;

use crate::arguments::{Arguments, Outcome};
use crate::end::{Arrival, Train};
use crate::pace::Pace;
use crate::process::{cpu_ns, softirq_threads};
use crate::scene::Scene;
use crate::system::{Receiver, now_ns, raise_descriptor_limit, wake_exactly};

/// Sent before what has come is looked at again.
const SENT_AT_ONCE: usize = 32;
/// After the last packet was sent: longer than any queue on loopback.
const DRAIN_NS: u64 = 300_000_000;
/// Guess: short enough for what comes to fit the queues.
const LONGEST_SLEEP_NS: u64 = 500_000;
/// Loss below this is none: a machine that does other things too always loses a packet in a million.
const NO_LOSS: f64 = 1e-4;
/// Between two steps of the search for the knee.
const STEP: f64 = 1.08;
/// A window of the search: many are needed, and at such rates a short one says enough.
const STEP_NS: u64 = 1_000_000_000;
/// More and less than any server can relay on one core.
const MOST_PPS: f64 = 1_000_000.0;
const LEAST_PPS: f64 = 1_000.0;

/// What one window showed.
#[derive(Default)]
struct Window {
    sent: u64,
    /// Of those sent in the window, whenever they came.
    received: u64,
    /// Within the window, whenever they were sent.
    relayed: u64,
    skipped: u64,
    own_drops: u64,
    lasted_ns: u64,
    server_cpu_ns: u64,
    load_cpu_ns: u64,
    softirq_cpu_ns: u64,
    latencies_ns: Vec<u32>,
}

/// What a window is to be.
struct Plan {
    pid: u32,
    times_per_s: f64,
    burst: usize,
    size: usize,
    is_segmented: bool,
    tick_ns: u64,
    warm_ns: u64,
    window_ns: u64,
    /// Windows of one scene have numbers of their own, so that latecomers are not counted twice.
    number: u32,
}

pub fn run(arguments: &Arguments) -> Outcome<()> {
    prepare();
    let mut scene = Scene::set(arguments)?;
    let window = measure(&mut scene, &Plan::of(arguments, 1))?;
    println!("{}", window.json());
    Ok(())
}

/// The highest rate at which nothing is lost, by steps, each tried twice before it counts as too high.
pub fn knee(arguments: &Arguments) -> Outcome<()> {
    prepare();
    let mut scene = Scene::set_one_way(arguments)?;
    let mut number = 0;
    let mut best = 0.0;
    let mut pps = arguments.first_pps as f64;
    while (LEAST_PPS..MOST_PPS).contains(&pps) {
        let mut is_through = false;
        for _ in 0..2 {
            number += 1;
            let plan = Plan {
                times_per_s: pps / arguments.clients as f64,
                window_ns: STEP_NS,
                ..Plan::of(arguments, number)
            };
            let window = measure(&mut scene, &plan)?;
            eprintln!("knee {pps:.0}: {}", window.json());
            // A load that cannot keep up shows nothing of the server.
            if window.loss() <= NO_LOSS && window.skipped == 0 {
                best = window.relayed as f64 * 1e9 / window.lasted_ns as f64;
                is_through = true;
                break;
            }
        }
        match (is_through, best > 0.0) {
            (true, _) => pps *= STEP,
            // The first rate was too high already.
            (false, false) => pps /= 2.0,
            (false, true) => break,
        }
    }
    println!("{{\"knee_pps\": {best:.0}}}");
    Ok(())
}

fn prepare() {
    raise_descriptor_limit();
    wake_exactly();
}

impl Plan {
    fn of(arguments: &Arguments, number: u32) -> Self {
        Self {
            pid: arguments.pid,
            times_per_s: arguments.rate as f64 / arguments.burst as f64,
            burst: arguments.burst,
            size: arguments.size,
            is_segmented: arguments.is_segmented,
            tick_ns: arguments.tick_us * 1000,
            warm_ns: arguments.warm_ms * 1_000_000,
            window_ns: arguments.window_ms * 1_000_000,
            number,
        }
    }
}

fn measure(scene: &mut Scene, plan: &Plan) -> Outcome<Window> {
    let mut window = Window::default();
    let mut receiver = Receiver::new();
    let mut ready = Vec::new();
    let (mut framed, mut bare) = (Train::new(plan.size, plan.burst), Train::bare(plan.size, plan.burst));
    let softirq = softirq_threads();
    let costs = || (cpu_ns(plan.pid), cpu_ns(std::process::id()), softirq.iter().map(|it| cpu_ns(*it)).sum());
    let drops_before: u64 = scene.ends.iter().map(|end| end.drops()).sum();
    let mut before: (u64, u64, u64) = (0, 0, 0);

    let mut now = now_ns();
    let mut pace = Pace::new(&scene.senders, plan.times_per_s, plan.tick_ns, now);
    let (mut begins, mut ends) = (now + plan.warm_ns, u64::MAX);
    let mut is_open = false;
    while now < ends {
        if !is_open && now >= begins {
            before = costs();
            is_open = true;
            begins = now_ns();
            ends = begins + plan.window_ns;
            pace.skipped = 0;
            window.relayed = 0;
        }
        for _ in 0..SENT_AT_ONCE {
            let Some(sender) = pace.next(now) else { break };
            let end = &mut scene.ends[sender];
            let train = if end.is_framed { &mut framed } else { &mut bare };
            now = now_ns();
            train.stamp(now, if is_open { plan.number } else { 0 });
            end.send(train, plan.is_segmented);
            window.sent += if is_open { plan.burst as u64 } else { 0 };
        }
        now = now_ns();
        let timeout_ns = pace.due_at_ns().saturating_sub(now);
        receive(scene, &mut receiver, &mut ready, timeout_ns, |arrival| window.take(plan.number, &arrival))?;
        now = now_ns();
    }
    let after = costs();
    window.lasted_ns = now_ns() - begins;
    window.server_cpu_ns = after.0 - before.0;
    window.load_cpu_ns = after.1 - before.1;
    window.softirq_cpu_ns = after.2 - before.2;
    window.skipped = pace.skipped * plan.burst as u64;

    let relayed = window.relayed;
    let last = now_ns() + DRAIN_NS;
    while now_ns() < last {
        receive(scene, &mut receiver, &mut ready, last.saturating_sub(now_ns()), |arrival| {
            window.take(plan.number, &arrival);
        })?;
    }
    window.relayed = relayed;
    window.own_drops = scene.ends.iter().map(|end| end.drops()).sum::<u64>() - drops_before;
    window.latencies_ns.sort_unstable();
    Ok(window)
}

fn receive(
    scene: &mut Scene,
    receiver: &mut Receiver,
    ready: &mut Vec<usize>,
    timeout_ns: u64,
    mut take: impl FnMut(Arrival),
) -> Outcome<()> {
    // Never waiting for a packet: then the server would have to wake us, which costs it several times what sending costs
    // and which no network card asks for. The kernel notes when a packet came.
    std::thread::sleep(Duration::from_nanos(timeout_ns.min(LONGEST_SLEEP_NS)));
    scene.epoll.wait(Some(0), ready)?;
    for index in ready.iter() {
        if !scene.ends[*index].receive(receiver, &mut take) {
            return Err("the server hung up".into());
        }
    }
    Ok(())
}

impl Window {
    fn take(&mut self, number: u32, arrival: &Arrival) {
        self.relayed += 1;
        if arrival.window != number {
            return;
        }
        self.received += 1;
        if let Some(arrived_at_ns) = arrival.arrived_at_ns {
            let latency_ns = arrived_at_ns.saturating_sub(arrival.sent_at_ns);
            self.latencies_ns.push(u32::try_from(latency_ns).unwrap_or(u32::MAX));
        }
    }

    /// The share that the server lost.
    fn loss(&self) -> f64 {
        let lost = self.sent.saturating_sub(self.received + self.own_drops);
        lost as f64 / self.sent.max(1) as f64
    }

    fn percentile_us(&self, percent: usize) -> f64 {
        let index = self.latencies_ns.len() * percent / 100;
        self.latencies_ns.get(index).map_or(0.0, |ns| f64::from(*ns) / 1000.0)
    }

    fn json(&self) -> String {
        let seconds = self.lasted_ns as f64 / 1e9;
        let share = |ns: u64| ns as f64 / self.lasted_ns as f64;
        let fields = [
            ("relayed_pps", self.relayed as f64 / seconds),
            ("cpu_s_per_million", self.server_cpu_ns as f64 / 1e3 / self.relayed.max(1) as f64),
            ("server_cpu", share(self.server_cpu_ns)),
            ("load_cpu", share(self.load_cpu_ns)),
            ("softirq_cpu", share(self.softirq_cpu_ns)),
            ("sent", self.sent as f64),
            ("received", self.received as f64),
            ("loss", self.loss()),
            ("own_drops", self.own_drops as f64),
            ("skipped", self.skipped as f64),
            ("p50_us", self.percentile_us(50)),
            ("p99_us", self.percentile_us(99)),
        ];
        let fields = fields.map(|(name, value)| format!("\"{name}\": {value}"));
        format!("{{{}}}", fields.join(", "))
    }
}
