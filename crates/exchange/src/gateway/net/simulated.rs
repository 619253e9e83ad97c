//! A network in memory, seeded: connections are late, are cut, go silent, and carry flipped bits.
//!
//! Hosts have addresses; what they send arrives in order, each piece after a delay of its own, as TCP does it over a network
//! that loses, doubles and reorders packets. Time is what [`SimulatedNet::advance`] says, so that the same seed and the same
//! programs give the same course of things.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes under way in one direction of a connection; more must wait.
const WINDOW: usize = 64 << 10;
/// Bytes of one piece, as of a packet train.
const PIECE: usize = 32 << 10;
/// Connections that wait to be accepted by one listener.
const BACKLOG: usize = 128;

/// A simulated network. Clones are the same network.
#[derive(Debug, Clone)]
pub struct SimulatedNet(Arc<Mutex<State>>);

/// A network as one of its hosts sees it.
#[derive(Debug, Clone)]
pub struct Host {
    net: SimulatedNet,
    address: IpAddr,
}

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

/// A listening socket of a host.
#[derive(Debug)]
pub struct SimulatedListener {
    net: SimulatedNet,
    address: SocketAddr,
}

/// One end of a connection.
#[derive(Debug)]
pub struct SimulatedStream {
    net: SimulatedNet,
    connection: u64,
    end: usize,
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

impl Host {
    /// Listens at an address of this host; port 0 lets the network choose.
    pub(super) fn listen(&self, mut address: SocketAddr) -> io::Result<SimulatedListener> {
        if address.ip() != self.address {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        let mut state = self.net.state();
        if address.port() == 0 {
            state.next_port += 1;
            address.set_port(state.next_port);
        }
        if state.listeners.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        state.listeners.insert(address, Waiting::default());
        Ok(SimulatedListener { net: self.net.clone(), address })
    }

    /// Connects. Where hosts are parted, this waits for ever.
    pub(super) async fn connect(&self, address: SocketAddr) -> io::Result<SimulatedStream> {
        let parted = || self.net.state().parted.contains(&pair(self.address, address.ip()));
        while parted() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let there = self.net.state().delay();
        tokio::time::sleep(there).await;
        let (connection, back) = self.begin(address)?;
        let stream = SimulatedStream { net: self.net.clone(), connection, end: 0 };
        tokio::time::sleep(back).await;
        Ok(stream)
    }

    /// Begins a connection; its number, and when the other end has said so.
    fn begin(&self, address: SocketAddr) -> io::Result<(u64, Duration)> {
        let mut state = self.net.state();
        let back = state.delay();
        let (now, number) = (state.now, state.next_connection);
        state.next_port = state.next_port.checked_add(1).unwrap_or(32_768);
        let from = SocketAddr::new(self.address, state.next_port);
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        let waiting = state.listeners.get_mut(&address).ok_or_else(refused)?;
        if waiting.queue.len() >= BACKLOG {
            return Err(refused());
        }
        waiting.queue.push_back((now, number, from));
        waiting.waker.take().into_iter().for_each(Waker::wake);
        state.stirred.insert(address.ip());
        state.next_connection += 1;
        let connection = Connection {
            ends: [from, address],
            ways: Default::default(),
            is_cut: false,
            is_silent: false,
            held: [true, true],
        };
        state.connections.insert(number, connection);
        Ok((number, back))
    }
}

impl SimulatedListener {
    pub(super) async fn accept(&self) -> io::Result<(SimulatedStream, SocketAddr)> {
        std::future::poll_fn(|cx| {
            let mut state = self.net.state();
            let now = state.now;
            let Some(waiting) = state.listeners.get_mut(&self.address) else { return Poll::Ready(Err(cut_off())) };
            match waiting.queue.pop_front_if(|(at, ..)| *at <= now) {
                Some((_, connection, from)) => {
                    Poll::Ready(Ok((SimulatedStream { net: self.net.clone(), connection, end: 1 }, from)))
                }
                None => {
                    waiting.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }

    pub(super) const fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for SimulatedListener {
    fn drop(&mut self) {
        let mut state = self.net.state();
        let waiting = state.listeners.remove(&self.address).unwrap_or_default();
        for (_, number, _) in waiting.queue {
            if let Some(connection) = state.connections.get_mut(&number) {
                connection.cut();
            }
        }
    }
}

impl AsyncRead for SimulatedStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.net.state().receive(self.connection, self.end, buffer, cx).map_or(Poll::Pending, Poll::Ready)
    }
}

impl AsyncWrite for SimulatedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.net.state().send(self.connection, self.end, bytes, cx).map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.net.state().close(self.connection, self.end);
        Poll::Ready(Ok(()))
    }
}

impl Drop for SimulatedStream {
    fn drop(&mut self) {
        self.net.state().leave(self.connection, self.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    /// Sends 100,000 bytes there and back; returns what came back and the pieces sent.
    async fn echo(net: &SimulatedNet) -> (io::Result<Vec<u8>>, u64) {
        let address = SocketAddr::new(THERE, 7);
        let Ok(listener) = net.host(THERE).listen(address) else { return (Err(cut_off()), 0) };
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut all = Vec::new();
                if stream.read_to_end(&mut all).await.is_ok() {
                    let _ = stream.write_all(&all).await;
                }
            }
        });
        let work = async {
            let mut stream = net.host(HERE).connect(address).await?;
            stream.write_all(&[7; 100_000]).await?;
            stream.shutdown().await?;
            let mut all = Vec::new();
            stream.read_to_end(&mut all).await?;
            Ok(all)
        };
        let passing = async {
            for millisecond in 0.. {
                net.advance(Duration::from_millis(millisecond));
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let done = tokio::select! {
            biased;
            done = tokio::time::timeout(Duration::from_secs(30), work) => done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
            () = passing => Err(cut_off()),
        };
        (done, net.pieces())
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_arrive_in_order_and_the_same_seed_gives_the_same_course() -> io::Result<()> {
        let mut courses = BTreeSet::new();
        for seed in [1, 1, 2] {
            let net = SimulatedNet::new(seed);
            net.set_weather(Weather { lost: 100, ..Weather::default() });
            let (came, pieces) = echo(&net).await;
            assert_eq!(came?, [7; 100_000]);
            courses.insert((seed, pieces));
        }
        assert_eq!(courses.len(), 2, "{courses:?}");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn bad_weather_shows() {
        let fails = async |weather| {
            let net = SimulatedNet::new(1);
            net.set_weather(weather);
            echo(&net).await.0
        };
        let good = Weather::default();
        assert_eq!(
            fails(Weather { cut: 300_000, ..good }).await.map_err(|e| e.kind()),
            Err(io::ErrorKind::ConnectionReset)
        );
        assert_eq!(
            fails(Weather { silent: 300_000, ..good }).await.map_err(|e| e.kind()),
            Err(io::ErrorKind::TimedOut)
        );
        let flipped = fails(Weather { flipped: 1_000_000, ..good }).await;
        assert!(flipped.is_ok_and(|came| came.len() == 100_000 && came != [7; 100_000]));
    }

    #[tokio::test(start_paused = true)]
    async fn parted_hosts_hear_nothing_until_they_are_joined() -> io::Result<()> {
        let net = SimulatedNet::new(3);
        net.part(HERE, THERE);
        let (came, _) = echo(&net).await;
        assert_eq!(came.map_err(|e| e.kind()), Err(io::ErrorKind::TimedOut));
        net.end(THERE);
        net.join(HERE, THERE);
        assert_eq!(echo(&net).await.0?.len(), 100_000);
        Ok(())
    }
}
