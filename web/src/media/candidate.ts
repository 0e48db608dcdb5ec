/** The browser's ICE candidate and the wire's: two spellings of one thing. */
import type { Candidate } from '../signalling';

export function candidateForWire(candidate: RTCIceCandidate | null): Candidate {
  return {
    candidate: candidate?.candidate ?? '',
    sdp_mid: candidate?.sdpMid ?? null,
    sdp_m_line_index: candidate?.sdpMLineIndex ?? null,
    username_fragment: candidate?.usernameFragment ?? null,
  };
}

/** Undefined ends the list: Safari refuses an empty candidate that names no media section. */
export function candidateForBrowser(candidate: Candidate): RTCIceCandidateInit | undefined {
  if (candidate.candidate === '') return undefined;
  return {
    candidate: candidate.candidate,
    sdpMid: candidate.sdp_mid ?? null,
    sdpMLineIndex: candidate.sdp_m_line_index ?? null,
    usernameFragment: candidate.username_fragment ?? null,
  };
}

export function serverForBrowser(server: {
  urls: string[];
  username?: string | null;
  credential?: string | null;
}): RTCIceServer {
  const { urls, username, credential } = server;
  return { urls, ...(username ? { username } : {}), ...(credential ? { credential } : {}) };
}
