/** Asking for camera and microphone, and what to do when the browser does not give them. */
import { useState } from 'preact/hooks';
import { browserKind, type DeviceProblem } from '../../media';
import { Icon } from '../parts/icons';
import { Heading } from './before';
import { BrowserPicture } from './browser_picture';
import type { Visit } from './visit';
import * as words from './words';

export function Permission({ visit }: { visit: Visit }) {
  const [isStarting, setStarting] = useState(false);
  const host = visit.seat.value?.host_name ?? '';
  const use = async () => {
    setStarting(true);
    await visit.useDevices();
    setStarting(false);
  };
  return (
    <main class="page">
      <div class="stack">
        <Heading>{words.PERMISSION.title(host)}</Heading>
        <p>{words.PERMISSION.text}</p>
        <p class="quiet">{words.PERMISSION.later}</p>
      </div>
      <div class="stack foot">
        <button type="button" class="button main" disabled={isStarting} onClick={use}>
          <Icon name="camera" />
          {isStarting ? words.PERMISSION.starting : words.PERMISSION.use}
        </button>
        <button type="button" class="button" onClick={() => visit.goWithoutDevices()}>
          {words.PERMISSION.without}
        </button>
      </div>
    </main>
  );
}

export function DeviceTrouble({ visit, problem }: { visit: Visit; problem: DeviceProblem }) {
  return (
    <main class="page" data-problem={problem}>
      <div class="stack">
        <Explanation problem={problem} />
      </div>
      <div class="stack foot">
        {problem === 'insecure' ? (
          <a class="button main" href="/trust">
            {words.TO_TRUST}
          </a>
        ) : (
          <button type="button" class="button main" onClick={() => visit.useDevices()}>
            {words.TRY_AGAIN}
          </button>
        )}
        <button type="button" class="button" onClick={() => visit.goWithoutDevices()}>
          {words.PERMISSION.without}
        </button>
      </div>
    </main>
  );
}

function Explanation({ problem }: { problem: DeviceProblem }) {
  if (problem === 'denied') return <Denied />;
  const help =
    problem === 'dismissed'
      ? { title: words.DISMISSED_TITLE, text: words.DISMISSED_TEXT }
      : words.PROBLEM_HELP[problem];
  return (
    <>
      <Heading key={problem}>{help.title}</Heading>
      <p>{help.text}</p>
    </>
  );
}

function Denied() {
  const { ring, steps } = words.DENIED_STEPS[browserKind(navigator.userAgent, navigator.maxTouchPoints)];
  return (
    <>
      <Heading>{words.DENIED_TITLE}</Heading>
      <BrowserPicture ring={ring} />
      <ol>
        {[...steps, words.THEN_TRY_AGAIN].map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </>
  );
}
