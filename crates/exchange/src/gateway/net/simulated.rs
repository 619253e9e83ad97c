//! A network in memory, seeded: connections are late, are cut, go silent, and carry flipped bits.
//!
//! Hosts have addresses; what they send arrives in order, each piece after a delay of its own, as TCP does it over a network
//! that loses, doubles and reorders packets. Time is what [`SimulatedNet::advance`] says, so that the same seed and the same
//! programs give the same course of things.

mod host;
#[cfg(test)]
mod tests;

pub use host::{Host, SimulatedListener, SimulatedStream};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::io::ReadBuf;

/// Bytes under way in one direction of a connection; more must wait.
const WINDOW: usize = 64 << 10;
/// Bytes of one piece, as of a packet train.
const PIECE: usize = 32 << 10;

/// A simulated network. Clones are the same network.
#[derive(Debug, Clone)]
pub struct SimulatedNet(Arc<Mutex<State>>);

/// How bad the network is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weather {
    /// The shortest delay of a piece.
    pub delay_min: Duration,
    /// The longest, where the piece was not lost on the way.
    pub delay_max: Duration,
    /// How many of a thousand pieces are lost first, and arrive after [`Weather::again`].
    pub lost: u32,
    /// When a lost piece is sent again.
    pub again: Duration,
    /// How many of a million pieces cut their connection off.
    pub cut: u32,
    /// How many of a million pieces vanish, with all that follows on their connection, and nobody is told.
    pub silent: u32,
    /// How many of a million pieces arrive with a bit flipped.
    pub flipped: u32,
}

impl Default for Weather {
    /// A good network: 1 to 3 milliseconds, nothing lost.
    fn default() -> Self {
        Self {
            delay_min: Duration::from_millis(1),
            delay_max: Duration::from_millis(3),
            lost: 0,
            again: Duration::from_millis(200),
            cut: 0,
            silent: 0,
            flipped: 0,
        }
    }
}

#[derive(Debug)]
struct State {
    random: StdRng,
    weather: Weather,
    now: Duration,
    listeners: BTreeMap<SocketAddr, Waiting>,
    connections: BTreeMap<u64, Connection>,
    next_connection: u64,
    next_port: u16,
    /// Pairs of hosts between which nothing passes; what is under way waits.
    parted: BTreeSet<(IpAddr, IpAddr)>,
    /// Pairs of hosts between which checksums find every flipped bit.
    sheltered: BTreeSet<(IpAddr, IpAddr)>,
    pieces: u64,
    /// Hosts of which something was woken since the last look.
    stirred: BTreeSet<IpAddr>,
    /// Pieces that hosts still send before they fall.
    falling: BTreeMap<IpAddr, u64>,
    fallen: BTreeSet<IpAddr>,
}

#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<(Duration, u64, SocketAddr)>,
    waker: Option<Waker>,
}

#[derive(Debug)]
struct Connection {
    /// Who connected, and who accepted.
    ends: [SocketAddr; 2],
    /// To the other end: from the first, from the second.
    ways: [Way; 2],
    is_cut: bool,
    is_silent: bool,
    /// Ends that are still held.
    held: [bool; 2],
}

#[derive(Debug, Default)]
struct Way {
    pieces: VecDeque<(Duration, Vec<u8>)>,
    bytes: usize,
    /// No piece arrives before the one in front of it.
    last: Duration,
    /// When the end of the way is seen.
    closed: Option<Duration>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

fn pair(a: IpAddr, b: IpAddr) -> (IpAddr, IpAddr) {
    (a.min(b), a.max(b))
}

fn cut_off() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl SimulatedNet {
    /// A network without hosts whose faults follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            random: StdRng::seed_from_u64(seed),
            weather: Weather::default(),
            now: Duration::ZERO,
            listeners: BTreeMap::new(),
            connections: BTreeMap::new(),
            next_connection: 0,
            next_port: 32_768,
            parted: BTreeSet::new(),
            sheltered: BTreeSet::new(),
            pieces: 0,
            stirred: BTreeSet::new(),
            falling: BTreeMap::new(),
            fallen: BTreeSet::new(),
        })))
    }

    /// The network as `address` sees it.
    pub fn host(&self, address: IpAddr) -> Host {
        Host { net: self.clone(), address }
    }

    /// How bad it is from now on.
    pub fn set_weather(&self, weather: Weather) {
        self.state().weather = weather;
    }

    /// Moves time; what arrives by then is there. Returns when the next arrives of what is under way.
    pub fn advance(&self, now: Duration) -> Option<Duration> {
        let mut state = self.state();
        state.now = now;
        let (mut wakers, mut next) = (Vec::new(), None::<Duration>);
        let State { connections, listeners, parted, stirred, .. } = &mut *state;
        let mut see = |due: Option<Duration>, waker: &mut Option<Waker>, host: IpAddr| {
            let Some(due) = due else { return };
            if due > now {
                next = Some(next.map_or(due, |next| next.min(due)));
            } else if let Some(waker) = waker.take() {
                stirred.insert(host);
                wakers.push(waker);
            }
        };
        for connection in connections.values_mut() {
            let [a, b] = connection.ends;
            if parted.contains(&pair(a.ip(), b.ip())) || connection.is_silent {
                continue;
            }
            for (way, reader) in connection.ways.iter_mut().zip([b, a]) {
                let due = way.pieces.front().map(|(at, _)| *at).or(way.closed);
                see(due, &mut way.reader, reader.ip());
            }
        }
        for (address, waiting) in listeners.iter_mut() {
            see(waiting.queue.front().map(|(at, ..)| *at), &mut waiting.waker, address.ip());
        }
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        next
    }

    /// The hosts of which something was woken since this was asked last: they have something to do.
    pub fn stirred(&self) -> BTreeSet<IpAddr> {
        std::mem::take(&mut self.state().stirred)
    }

    /// Nothing passes between two hosts any more; what is under way waits.
    pub fn part(&self, a: IpAddr, b: IpAddr) {
        self.state().parted.insert(pair(a, b));
    }

    /// No bit flips between two hosts, in whatever weather: they speak without signatures, within one house.
    pub fn shelter(&self, a: IpAddr, b: IpAddr) {
        self.state().sheltered.insert(pair(a, b));
    }

    /// Everything passes between two hosts again.
    pub fn join(&self, a: IpAddr, b: IpAddr) {
        self.state().parted.remove(&pair(a, b));
    }

    /// Cuts every connection between two hosts off.
    pub fn cut(&self, a: IpAddr, b: IpAddr) {
        self.state().cut(|ends| pair(ends[0].ip(), ends[1].ip()) == pair(a, b));
    }

    /// A host loses its power in the middle of what it sends, after so many more pieces: nothing leaves it any more until
    /// [`SimulatedNet::end`]; its machine is told by [`SimulatedNet::fallen`].
    pub fn fall_after(&self, host: IpAddr, pieces: u64) {
        self.state().falling.insert(host, pieces);
    }

    /// No host is to fall any more that has not yet.
    pub fn stand(&self) {
        self.state().falling.clear();
    }

    /// The hosts that fell and did not end yet.
    pub fn fallen(&self) -> BTreeSet<IpAddr> {
        self.state().fallen.clone()
    }

    /// A host's programs have ended: its connections are cut off, nobody listens there.
    pub fn end(&self, host: IpAddr) {
        let mut state = self.state();
        state.falling.remove(&host);
        state.fallen.remove(&host);
        state.listeners.retain(|address, _| address.ip() != host);
        state.cut(|ends| ends.iter().any(|end| end.ip() == host));
    }

    /// Pieces sent so far: the same number for the same course of things.
    pub fn pieces(&self) -> u64 {
        self.state().pieces
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn cut(&mut self, is_meant: impl Fn(&[SocketAddr; 2]) -> bool) {
        for connection in self.connections.values_mut().filter(|c| is_meant(&c.ends)) {
            self.stirred.extend(connection.ends.map(|end| end.ip()));
            connection.cut();
        }
    }

    fn delay(&mut self) -> Duration {
        let Weather { delay_min, delay_max, lost, again, .. } = self.weather;
        let delay = self.random.random_range(delay_min..=delay_max.max(delay_min));
        if self.random.random_range(0..1_000) < lost { delay + again } else { delay }
    }

    /// Takes bytes of one end on their way. `None` where they have to wait.
    fn send(&mut self, number: u64, end: usize, bytes: &[u8], cx: &Context<'_>) -> Option<io::Result<usize>> {
        let delay = self.delay();
        let fate = self.random.random_range(0..1_000_000_u32);
        let flip = self.random.random_range(0..PIECE * 8);
        let Weather { cut, silent, flipped, .. } = self.weather;
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&number).filter(|c| !c.is_cut) else {
            return Some(Err(cut_off()));
        };
        if let Some(from) = connection.ends.get(end).map(SocketAddr::ip)
            && let Some(left) = self.falling.get_mut(&from)
        {
            if *left == 0 {
                self.fallen.insert(from);
                // It is never heard that this was sent.
                return None;
            }
            *left -= 1;
        }
        if fate < cut {
            self.stirred.extend(connection.ends.map(|end| end.ip()));
            connection.cut();
            return Some(Err(cut_off()));
        }
        connection.is_silent |= (cut..cut.saturating_add(silent)).contains(&fate);
        let [a, b] = connection.ends;
        let is_flipped = (cut + silent..cut.saturating_add(silent).saturating_add(flipped)).contains(&fate)
            && !self.sheltered.contains(&pair(a.ip(), b.ip()));
        let way = connection.ways.get_mut(end)?;
        if way.closed.is_some() {
            return Some(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = WINDOW.saturating_sub(way.bytes).min(PIECE).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            way.writer = Some(cx.waker().clone());
            return None;
        }
        let mut piece = bytes.get(..room).unwrap_or_default().to_vec();
        if is_flipped
            && !piece.is_empty()
            && let Some(byte) = {
                let at = flip / 8 % piece.len();
                piece.get_mut(at)
            }
        {
            *byte ^= 1 << (flip % 8);
        }
        way.last = way.last.max(now + delay);
        way.bytes += room;
        way.pieces.push_back((way.last, piece));
        self.pieces += 1;
        Some(Ok(room))
    }

    /// Gives what has arrived at one end. `None` where there is nothing yet.
    fn receive(
        &mut self,
        number: u64,
        end: usize,
        buffer: &mut ReadBuf<'_>,
        cx: &Context<'_>,
    ) -> Option<io::Result<()>> {
        let now = self.now;
        let Some(connection) = self.connections.get_mut(&number).filter(|c| !c.is_cut) else {
            return Some(Err(cut_off()));
        };
        let [a, b] = connection.ends;
        let is_still = connection.is_silent || self.parted.contains(&pair(a.ip(), b.ip()));
        let way = connection.ways.get_mut(1 - end)?;
        let mut took = 0;
        while !is_still && buffer.remaining() > 0 {
            let Some((_, mut piece)) = way.pieces.pop_front_if(|(at, _)| *at <= now) else { break };
            let part = piece.len().min(buffer.remaining());
            buffer.put_slice(piece.get(..part).unwrap_or_default());
            took += part;
            if part < piece.len() {
                way.pieces.push_front((now, piece.split_off(part)));
            }
        }
        way.bytes = way.bytes.saturating_sub(took);
        if took > 0 {
            if let Some(writer) = way.writer.take() {
                self.stirred.insert(if end == 0 { b.ip() } else { a.ip() });
                writer.wake();
            }
            return Some(Ok(()));
        }
        if !is_still && way.pieces.is_empty() && way.closed.is_some_and(|at| at <= now) {
            return Some(Ok(()));
        }
        way.reader = Some(cx.waker().clone());
        None
    }

    /// Nothing more comes from this end.
    fn close(&mut self, number: u64, end: usize) {
        let delay = self.delay();
        let now = self.now;
        if let Some(way) = self.connections.get_mut(&number).and_then(|c| c.ways.get_mut(end))
            && way.closed.is_none()
        {
            way.last = way.last.max(now + delay);
            way.closed = Some(way.last);
        }
    }

    /// An end is given up; the connection is forgotten with the second.
    fn leave(&mut self, number: u64, end: usize) {
        self.close(number, end);
        let Some(connection) = self.connections.get_mut(&number) else { return };
        if let Some(held) = connection.held.get_mut(end) {
            *held = false;
        }
        if connection.held == [false, false] {
            self.connections.remove(&number);
        }
    }
}

impl Connection {
    fn cut(&mut self) {
        self.is_cut = true;
        for way in &mut self.ways {
            way.reader.take().into_iter().chain(way.writer.take()).for_each(Waker::wake);
        }
    }
}
