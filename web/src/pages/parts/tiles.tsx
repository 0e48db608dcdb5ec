/** Pictures of people: what the others send, and what I send. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PeerLink } from '../../media';
import type { Participant } from '../../signalling';
import { Icon } from './icons';
import { useLinkWord } from './link_chip';
import { CAMERA_IS_OFF, CAMERA_OF, MICROPHONE_IS_OFF, TAP_TO_HEAR, YOUR_CAMERA } from './words';

/** `children`: what lies over the picture. */
type RemoteProps = { participant: Participant; link: PeerLink | undefined; children?: ComponentChildren };

/** Sound plays in an element of its own: WebKit starts a video element only when its first picture is there. */
export function RemoteTile({ participant, link, children }: RemoteProps) {
  const word = useLinkWord(link);
  const hasPicture = participant.media.camera === 'on';
  return (
    <figure
      class={`tile remote ${word} ${hasPicture ? '' : 'dark'}`}
      data-testid="remote-tile"
      data-participant-id={participant.id}
      data-instance={link?.instance ?? ''}
      data-connection-state={link?.state.value ?? 'none'}
    >
      <Picture stream={link?.stream ?? null} name={participant.name} />
      {hasPicture && children}
      {!hasPicture && (
        <div class="no-picture">
          <Icon name="person" />
          <strong>{participant.name}</strong>
          <span>{CAMERA_IS_OFF(participant.name)}</span>
        </div>
      )}
      {participant.media.microphone === 'off' && (
        <figcaption class="chip muted">
          <Icon name="microphone_off" /> {participant.name}: {MICROPHONE_IS_OFF}
        </figcaption>
      )}
      {link && <Sound stream={link.stream} />}
    </figure>
  );
}

function Picture({ stream, name }: { stream: MediaStream | null; name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element || element.srcObject === stream) return;
    element.srcObject = stream;
    element.play().catch(() => undefined); // muted: refused only while there is nothing to play
  }, [stream]);
  return (
    <video ref={video} data-testid="remote-video" aria-label={CAMERA_OF(name)} muted autoPlay playsInline />
  );
}

function Sound({ stream }: { stream: MediaStream }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [isRefused, setRefused] = useState(false);
  const play = () =>
    audio.current?.play().then(
      () => setRefused(false),
      (error: Error) => setRefused(error.name === 'NotAllowedError'),
    );
  useEffect(() => {
    if (audio.current) audio.current.srcObject = stream;
    play();
  }, [stream]);
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: a live voice has no captions yet */}
      <audio ref={audio} data-testid="remote-audio" autoPlay />
      {isRefused && (
        <button type="button" class="button main tap-to-hear" onClick={play}>
          <Icon name="hear" /> {TAP_TO_HEAR}
        </button>
      )}
    </>
  );
}

type LocalTileProps = {
  track: MediaStreamTrack | null;
  /** What the camera most likely looks at where it does not say: the person, or what they want to show. */
  of: 'face' | 'scene';
  children?: ComponentChildren;
};

export function LocalTile({ track, of, children }: LocalTileProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    element.srcObject = track ? new MediaStream([track]) : null;
    if (track) element.play().catch(() => undefined);
  }, [track]);
  // A front camera is shown as in a mirror, as people expect of themselves; what is sent is not mirrored.
  const facing = track?.getSettings().facingMode ?? (of === 'face' ? 'user' : 'environment');
  const isMirrored = facing === 'user';
  return (
    <figure class={`tile local ${isMirrored ? 'mirrored' : ''} ${track ? '' : 'dark'}`}>
      <video
        ref={video}
        data-testid="local-video"
        aria-label={YOUR_CAMERA}
        muted
        autoPlay
        playsInline
        hidden={!track}
      />
      {track && children}
    </figure>
  );
}
