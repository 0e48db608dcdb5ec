//! The system calls that std does not offer, and the only unsafe code of this program.

use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::{SystemTime, UNIX_EPOCH};

use libc::{c_int, c_void};

/// Datagrams per recvmmsg.
const BATCH: usize = 64;
/// A packet, or what the kernel joined.
const LONGEST: usize = 64 * 1024;
const CONTROL: usize = 64;
/// Guess: holds a tenth of a second of everything that is sent here, so that what is lost is lost by the server.
const RECEIVE_BUFFER: c_int = 8 << 20;

/// The clock that the kernel stamps datagrams with.
pub fn now_ns() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn set_option(socket: RawFd, level: c_int, name: c_int, value: c_int) -> io::Result<()> {
    let length = size_of::<c_int>() as u32;
    // SAFETY: the option's value is an int that outlives the call.
    checked(unsafe { libc::setsockopt(socket, level, name, (&raw const value).cast(), length) }).map(drop)
}

/// Datagrams are stamped by the kernel when they arrive, and wait in a long queue.
pub fn prepare_datagrams(socket: &impl AsRawFd) -> io::Result<()> {
    let socket = socket.as_raw_fd();
    set_option(socket, libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, 1)?;
    lengthen_queue(socket)
}

pub fn lengthen_queue(socket: RawFd) -> io::Result<()> {
    // The first needs privileges, the second is cut to what the system allows.
    set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, RECEIVE_BUFFER)
        .or_else(|_| set_option(socket, libc::SOL_SOCKET, libc::SO_RCVBUF, RECEIVE_BUFFER))
}

/// Take what came as one piece as one piece (UDP_GRO), as a card does that cuts it itself.
pub fn join_bursts(socket: &impl AsRawFd) -> io::Result<()> {
    set_option(socket.as_raw_fd(), libc::SOL_UDP, libc::UDP_GRO, 1)
}

/// Datagrams that this socket had no room for: the load's fault, not the server's.
pub fn drops(socket: &impl AsRawFd) -> u64 {
    const SO_MEMINFO: c_int = 55;
    const DROPS: usize = 8;
    let mut values = [0_u32; 9];
    let mut length = size_of::<[u32; 9]>() as u32;
    let into = values.as_mut_ptr().cast::<c_void>();
    // SAFETY: `length` says how much `values` holds, and both outlive the call.
    let result =
        unsafe { libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, SO_MEMINFO, into, &raw mut length) };
    if result < 0 { 0 } else { u64::from(values[DROPS]) }
}

/// Sleeps end when they should, not up to 50 µs later.
pub fn wake_exactly() {
    // SAFETY: takes numbers only.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_u64, 0_u64, 0_u64, 0_u64) };
}

/// As many descriptors as the process may have.
pub fn raise_descriptor_limit() {
    // SAFETY: both calls are given a structure that outlives them.
    unsafe {
        let mut limit: libc::rlimit = zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) == 0 {
            limit.rlim_cur = limit.rlim_max;
            libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        }
    }
}

/// Send `bytes` on a connected socket as datagrams of `segment` bytes each, in one call (UDP_SEGMENT).
pub fn send_segments(socket: &impl AsRawFd, bytes: &[u8], segment: u16) -> io::Result<()> {
    // SAFETY: every pointer is to something that lives until the call returns; `control` is as long as is said, and
    // holds one message of two bytes, for which CMSG_SPACE (24) leaves room.
    unsafe {
        let mut control = [0_u64; 4];
        let mut piece = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        let mut message: libc::msghdr = zeroed();
        message.msg_iov = &raw mut piece;
        message.msg_iovlen = 1;
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = libc::CMSG_SPACE(size_of::<u16>() as u32) as usize;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_UDP;
        (*header).cmsg_type = libc::UDP_SEGMENT;
        (*header).cmsg_len = libc::CMSG_LEN(size_of::<u16>() as u32) as usize;
        libc::CMSG_DATA(header).cast::<u16>().write_unaligned(segment);
        let sent = libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_DONTWAIT);
        if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
    }
}

/// Receives datagrams by the batch, each with the time at which the kernel took it.
pub struct Receiver {
    // On the heap because `messages` points into them.
    buffers: Vec<u8>,
    controls: Box<[[u64; CONTROL / 8]; BATCH]>,
    _pieces: Box<[libc::iovec; BATCH]>,
    messages: Box<[libc::mmsghdr; BATCH]>,
}

impl Receiver {
    pub fn new() -> Self {
        let mut buffers = vec![0; LONGEST * BATCH];
        let mut controls = Box::new([[0; CONTROL / 8]; BATCH]);
        let mut pieces = Box::new(std::array::from_fn(|index| libc::iovec {
            iov_base: buffers[index * LONGEST..].as_mut_ptr().cast(),
            iov_len: LONGEST,
        }));
        let messages = Box::new(std::array::from_fn(|index| {
            // SAFETY: all zeros is a valid mmsghdr; what it is made to point to is boxed and lives as long as it.
            let mut message: libc::mmsghdr = unsafe { zeroed() };
            message.msg_hdr.msg_iov = &raw mut pieces[index];
            message.msg_hdr.msg_iovlen = 1;
            message.msg_hdr.msg_control = controls[index].as_mut_ptr().cast();
            message
        }));
        Self { buffers, controls, _pieces: pieces, messages }
    }

    /// Hand what waits on the socket, up to a batch, to `handle` with its time of arrival (0 if unknown). Returns
    /// whether there may be more.
    pub fn receive(&mut self, socket: &impl AsRawFd, mut handle: impl FnMut(&[u8], u64)) -> io::Result<bool> {
        for message in self.messages.iter_mut() {
            message.msg_hdr.msg_controllen = CONTROL;
        }
        let (first, count) = (self.messages.as_mut_ptr(), BATCH as u32);
        // SAFETY: `first` is the first of `count` messages, all of which point to boxed memory of the length they say.
        let received = unsafe {
            libc::recvmmsg(socket.as_raw_fd(), first, count, libc::MSG_DONTWAIT, std::ptr::null_mut())
        };
        let received = match checked(received) {
            Ok(received) => received as usize,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        };
        for index in 0..received {
            let length = self.messages[index].msg_len as usize;
            let (stamp, segment) = self.said_beside(index);
            let bytes = &self.buffers[index * LONGEST..][..length];
            bytes.chunks(segment.unwrap_or(LONGEST)).for_each(|packet| handle(packet, stamp));
        }
        Ok(received == BATCH)
    }

    /// When it came (0 if the kernel did not say), and what the pieces of something joined are long.
    fn said_beside(&self, index: usize) -> (u64, Option<usize>) {
        let words = &self.controls[index];
        let given = self.messages[index].msg_hdr.msg_controllen / 8;
        let (mut stamp, mut segment, mut at) = (0, None, 0);
        // Each message has a length, then level and type, then its value, and is padded to eight bytes.
        while at + 3 <= given && words[at] >= 16 {
            let kind = (words[at + 1] as c_int, (words[at + 1] >> 32) as c_int);
            if kind == (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS) && at + 4 <= given {
                stamp = words[at + 2] * 1_000_000_000 + words[at + 3];
            } else if kind == (libc::SOL_UDP, libc::UDP_GRO) {
                segment = Some((words[at + 2] as u32 as usize).max(1));
            }
            at += (words[at] as usize).div_ceil(8);
        }
        (stamp, segment)
    }
}

/// What is ready to be read.
pub struct Epoll(OwnedFd);

impl Epoll {
    pub fn new() -> io::Result<Self> {
        // SAFETY: a new descriptor is ours.
        unsafe { Ok(Self(OwnedFd::from_raw_fd(checked(libc::epoll_create1(libc::EPOLL_CLOEXEC))?))) }
    }

    pub fn add(&self, socket: &impl AsRawFd, token: usize) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token as u64 };
        // SAFETY: the event outlives the call.
        let result = unsafe {
            libc::epoll_ctl(self.0.as_raw_fd(), libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &raw mut event)
        };
        checked(result).map(drop)
    }

    /// Wait for at most so many nanoseconds; None: for ever. The tokens of what is ready go to `ready`.
    pub fn wait(&self, timeout_ns: Option<u64>, ready: &mut Vec<usize>) -> io::Result<()> {
        ready.clear();
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; 256];
        let timeout = timeout_ns.map(|ns| libc::timespec {
            tv_sec: (ns / 1_000_000_000) as libc::time_t,
            tv_nsec: (ns % 1_000_000_000) as libc::c_long,
        });
        let timeout = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
        // SAFETY: `events` is as long as is said, and it and `timeout` outlive the call; no signal mask is given.
        let count = unsafe {
            libc::syscall(
                libc::SYS_epoll_pwait2,
                self.0.as_raw_fd(),
                events.as_mut_ptr(),
                events.len() as c_int,
                timeout,
                std::ptr::null::<c_void>(),
                0_usize,
            )
        };
        match checked(count as c_int) {
            Ok(count) => ready.extend(events[..count as usize].iter().map(|event| event.u64 as usize)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
