// The shapes of src/sightline/wire/signalling.py and api.py, field by field.

export type Role = 'worker' | 'expert' | 'dispatcher' | 'admin' | 'guest';
export type Presence = 'available' | 'busy' | 'offline';
export type ParticipantState = 'waiting' | 'admitted' | 'refused' | 'left';
export type CallPhase = 'open' | 'ended';
export type EndReason = 'hung_up' | 'abandoned';
export type MediaState = 'on' | 'off' | 'absent';
export type InviteState = 'open' | 'used' | 'expired' | 'revoked';

export type Media = { microphone: MediaState; camera: MediaState };

export type Participant = {
  id: string;
  name: string;
  role: Role;
  state: ParticipantState;
  is_connected: boolean;
  instance: string;
  media: Media;
};

export type Call = {
  id: string;
  phase: CallPhase;
  opened_at: number;
  participants: Participant[];
  you: string;
  end_reason?: EndReason | null;
};

export type Person = { id: string; name: string; role: Role; presence: Presence };

export type IceServer = { urls: string[]; username?: string | null; credential?: string | null };

export type Description = { type: 'offer' | 'answer'; sdp: string };

export type Candidate = {
  candidate: string;
  sdp_mid?: string | null;
  sdp_m_line_index?: number | null;
  username_fragment?: string | null;
};

export type Hello = { type: 'hello'; instance: string; session?: string | null; received?: number };
export type Ping = { type: 'ping' };
export type Admit = { type: 'admit'; call: string; participant: string };
export type Refuse = { type: 'refuse'; call: string; participant: string };
export type Leave = { type: 'leave'; call: string };
export type SetMedia = { type: 'set_media'; call: string; media: Media };
export type Describe = {
  type: 'describe';
  call: string;
  to: string;
  description: Description;
  peer_instance: string;
};
export type OfferCandidate = {
  type: 'offer_candidate';
  call: string;
  to: string;
  candidate: Candidate;
  peer_instance: string;
};

export type Welcome = {
  type: 'welcome';
  session: string;
  received: number;
  is_resumed: boolean;
  id: string;
  name: string;
  role: Role;
  ice_servers: IceServer[];
  calls: Call[];
  people: Person[];
};
export type Pong = { type: 'pong' };
export type CallState = { type: 'call_state'; call: Call };
export type PeopleChanged = { type: 'people_changed'; people: Person[] };
export type Described = {
  type: 'described';
  call: string;
  sender: string;
  sender_instance: string;
  description: Description;
};
export type CandidateOffered = {
  type: 'candidate_offered';
  call: string;
  sender: string;
  sender_instance: string;
  candidate: Candidate;
};
export type Problem = { type: 'problem'; code: string; text: string };

export type FromBrowser = Hello | Ping | Admit | Refuse | Leave | SetMedia | Describe | OfferCandidate;
export type FromServer = Welcome | Pong | CallState | PeopleChanged | Described | CandidateOffered | Problem;

export type BrowserFrame = { seq: number; ack: number; message: FromBrowser };
export type ServerFrame = { seq: number; ack: number; message: FromServer };

export type Refusal = { code: string; text: string; hint?: string };
export type SignIn = { login: string; password: string };
export type Me = {
  id: string;
  name: string;
  login: string;
  role: Role;
  organisation: string;
  permissions: string[];
  must_change_password: boolean;
};
export type ChangePassword = { old_password: string; new_password: string };
export type NewInvite = { note?: string; expires_in_s?: number };
export type CreatedInvite = { id: string; link: string; qr_svg: string; expires_at: number };
export type Invite = {
  id: string;
  note: string;
  state: InviteState;
  created_at: number;
  expires_at: number;
  guest_name: string | null;
};
export type LookAtInvite = { token: string };
export type InviteForGuest = {
  host_name: string;
  host_presence: Presence;
  organisation: string;
  expires_at: number;
};
export type EnterAsGuest = { token: string; name: string };
export type GuestSeat = {
  call: string;
  participant: string;
  name: string;
  host_name: string;
  organisation: string;
};
export type NewPerson = { name: string; login: string; role: Role };
export type CreatedPerson = { id: string; password: string };
export type PersonForAdmin = {
  id: string;
  name: string;
  login: string;
  role: Role;
  is_locked_out: boolean;
  created_at: number;
};
