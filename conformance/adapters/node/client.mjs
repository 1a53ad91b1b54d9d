#!/usr/bin/env node
// A small conforming client of the REST API V2, driven over standard input and output.
//
// It shows what an app has to do to follow the cookbook, in plain Node 18+ without dependencies:
// `Api` knows the wire (credentials, headers, waiting, retrying), `App` knows the viewer.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const POLL_EVERY = 15_000;
const RETRY_GAPS = [1_500, 3_000, 6_000];
const CONFIGURATION_KEPT = 4 * 60_000;
const TOKEN_MARGIN = 10_000;

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const event = (name, fields = {}) => say({ type: 'event', event: name, ...fields });

/** The service's time, which may run faster than ours: it begins with what `hello` says it is. */
class Clock {
  constructor(speed, now) {
    this.speed = speed || 1;
    this.seen = { wall: performance.now(), server: now ?? Date.now() };
  }
  now() {
    return this.seen.server + (performance.now() - this.seen.wall) * this.speed;
  }
  /** A `Date` header has whole seconds, so it only moves our idea of the time when it is off. */
  saw(date) {
    const server = Date.parse(date ?? '');
    const isOff = Math.abs(server - this.now()) > 2_000 * Math.max(1, this.speed / 10);
    if (Number.isFinite(server) && isOff) this.seen = { wall: performance.now(), server };
  }
  sleep(ms) {
    return new Promise((wake) => setTimeout(wake, ms / this.speed));
  }
}

/** What survives a relaunch: one JSON file, replaced as a whole. */
class Storage {
  constructor(folder) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, 'app.json');
    try {
      this.data = JSON.parse(readFileSync(this.path, 'utf8'));
    } catch {
      this.data = { deviceId: randomUUID() };
    }
  }
  put(change) {
    Object.assign(this.data, change);
    writeFileSync(`${this.path}.new`, JSON.stringify(this.data));
    renameSync(`${this.path}.new`, this.path);
  }
}

/** The service could not be used; `action` is what its error suggested. */
class Failure extends Error {
  constructor(message, { status, action, code, text } = {}) {
    super(message);
    Object.assign(this, { status, action, code, text: text ?? message });
  }
}

class Api {
  constructor(hello, storage, clock) {
    Object.assign(this, { hello, storage, clock });
    const base64 = (text) => Buffer.from(text).toString('base64');
    this.headers = {
      Accept: 'application/json',
      'AP-Device-Identifier': `fingerprint ${base64(storage.data.deviceId)}`,
      'X-Device-Info': base64(JSON.stringify({
        primaryHardwareType: 'SetTopBox', model: 'Example TV', version: '1.0', manufacturer: 'Example', vendor: 'Example',
        osName: 'Android', osFamily: 'Android', osVendor: 'Google', osVersion: '14',
        connectionType: 'Ethernet', connectionSecure: false,
      })),
    };
  }

  /** One protected call, with whatever it takes to have a token. */
  async call(method, path, options = {}) {
    for (let renewed = 0; ; renewed += 1) {
      const bearer = await this.token();
      const answer = await this.send(method, path, { ...options, bearer });
      if (answer.status < 400) return answer.body;
      const { action, code, message, details } = answer.body ?? {};
      if (answer.status === 401) {
        this.storage.put({ token: null });
        if (action === 'application-registration') this.storage.put({ credentials: null });
        if (renewed < 2) continue;
      }
      throw new Failure(code ?? `HTTP ${answer.status}`, { status: answer.status, action, code, text: details ?? message });
    }
  }

  async token() {
    const { token } = this.storage.data;
    if (token && this.clock.now() < token.expiresAt - TOKEN_MARGIN) return token.value;
    for (let again = 0; again < 2; again += 1) {
      const { id, secret } = await this.credentials();
      const form = { client_id: id, client_secret: secret, grant_type: 'client_credentials' };
      const { status, body } = await this.send('POST', '/o/client/token', { form });
      if (status === 201 || status === 200) {
        this.storage.put({ token: { value: body.access_token, expiresAt: body.created_at + body.expires_in * 1000 } });
        return body.access_token;
      }
      if (body?.error !== 'invalid_client') throw new Failure(`no access token: ${body?.error ?? status}`);
      this.storage.put({ credentials: null });
    }
    throw new Failure('the service does not accept this application');
  }

  async credentials() {
    if (this.storage.data.credentials) return this.storage.data.credentials;
    const json = { software_statement: this.hello.software_statement };
    const { status, body } = await this.send('POST', '/o/client/register', { json });
    if (status !== 201 && status !== 200) throw new Failure(`registration refused: ${body?.error ?? status}`);
    this.storage.put({ credentials: { id: body.client_id, secret: body.client_secret } });
    return this.storage.data.credentials;
  }

  /** Who the viewer is beyond this device, for calls that have a header for it: sessions, profiles (not by code), decisions, logouts. */
  signOnHeaders(path) {
    const known = this.hello.single_sign_on;
    if (!known || !/^\/api\/v2\/[^/]+\/(sessions$|profiles$|profiles\/(?!code\/|sso\/)|decisions\/|logout\/)/.test(path)) return {};
    const headers = {};
    if (known.service_token) headers['AD-Service-Token'] = known.service_token;
    if (known.platform_identity) headers[known.platform_identity.header] = known.platform_identity.token;
    return headers;
  }

  /** One request; waits after a 429 and tries again, a few times and ever later, what failed on the way. */
  async send(method, path, { form, json, bearer, more } = {}) {
    const headers = { ...this.headers, ...this.signOnHeaders(path), ...more };
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    if (this.hello.device_ip) headers['X-Forwarded-For'] = this.hello.device_ip;
    if (form) headers['Content-Type'] = 'application/x-www-form-urlencoded';
    if (json) headers['Content-Type'] = 'application/json';
    const body = form ? new URLSearchParams(form).toString() : json && JSON.stringify(json);
    for (let attempt = 0; ; attempt += 1) {
      let problem;
      try {
        // In real time: less than this and a busy machine looks like a broken service.
        const signal = AbortSignal.timeout(Math.max(5_000, 30_000 / this.clock.speed));
        const answer = await fetch(this.hello.base_url + path, { method, headers, body, signal, redirect: 'manual' });
        this.clock.saw(answer.headers.get('date'));
        const text = await answer.text();
        if (answer.status === 429 || answer.status >= 500) problem = `HTTP ${answer.status}`;
        else return { status: answer.status, body: answer.status === 401 && !text ? {} : JSON.parse(text) };
      } catch (error) {
        problem = error.message;
      }
      if (attempt === RETRY_GAPS.length) throw new Failure(`the service is not available (${problem})`);
      await this.clock.sleep(RETRY_GAPS[attempt]);
    }
  }
}

class App {
  constructor(hello) {
    this.hello = hello;
    this.storage = new Storage(hello.storage_dir);
    this.clock = new Clock(hello.clock_speed, hello.now);
    this.api = new Api(hello, this.storage, this.clock);
    this.permitted = new Set();
    this.profile = null;
    this.pending = null;
    this.browser = null;
    this.root = `/api/v2/${encodeURIComponent(hello.service_provider)}`;
  }

  path(...parts) {
    return [this.root, ...parts.map(encodeURIComponent)].join('/');
  }

  // --- profiles ---------------------------------------------------------------------------------

  isSignedIn() {
    return this.profile !== null && this.clock.now() < this.profile.notAfter;
  }

  /** Keeps the profile that lasts longest; tells the viewer when there is one. */
  keep(profiles, quiet = false) {
    const [best] = Object.entries(profiles ?? {}).sort(([, a], [, b]) => b.notAfter - a.notAfter);
    const wasSignedIn = this.profile !== null;
    this.profile = best ? { mvpd: best[0], notAfter: best[1].notAfter } : null;
    if (!this.profile) return false;
    this.storage.put({ mvpd: this.profile.mvpd });
    if (!quiet || !wasSignedIn) event('signed_in', { mvpd: this.profile.mvpd });
    return true;
  }

  async launch() {
    const known = this.storage.data.mvpd;
    const { profiles } = await this.api.call('GET', known ? this.path('profiles', known) : this.path('profiles'));
    this.hasLooked = true;
    this.keep(profiles);
  }

  async foreground() {
    if (!this.profile && !this.hello.single_sign_on) return;
    const known = this.profile?.mvpd ?? this.storage.data.mvpd;
    const { profiles } = await this.api.call('GET', known ? this.path('profiles', known) : this.path('profiles'));
    this.permitted.clear();
    this.keep(profiles, true);
  }

  // --- signing in -------------------------------------------------------------------------------

  async signIn({ mvpd }) {
    if (!this.hasLooked) await this.launch(); // nothing was heard about profiles at the launch
    if (this.isSignedIn() && (!mvpd || mvpd === this.profile.mvpd)) {
      event('signed_in', { mvpd: this.profile.mvpd });
      return;
    }
    await this.authenticate(mvpd);
  }

  async authenticate(mvpd) {
    if (mvpd) await this.showPicker();
    const pending = { mvpd: mvpd ?? null, generation: 0, wake: null, over: false };
    this.pending = pending;
    try {
      for (let codes = 0; codes < 6; codes += 1) {
        if (await this.oneSession(pending)) return;
        if (pending.over) return;
      }
      event('message', { kind: 'info', text: 'Signing in took too long. Please try again.' });
    } finally {
      if (this.pending === pending) this.pending = null;
    }
  }

  async showPicker() {
    const kept = this.configuration;
    if (!kept || this.clock.now() - kept.at > CONFIGURATION_KEPT) {
      const { requestor } = await this.api.call('GET', this.path('configuration'));
      this.configuration = { at: this.clock.now(), mvpds: requestor.mvpds.filter((one) => !one.isTempPass) };
    }
    event('picker_shown', { mvpds: this.configuration.mvpds.map((one) => one.id) });
  }

  /** From a new session to its end; true when the viewer is signed in. */
  async oneSession(pending) {
    const { generation } = pending;
    const form = { domainName: this.hello.domain_name, redirectUrl: this.hello.redirect_url };
    if (pending.mvpd) form.mvpd = pending.mvpd;
    const session = await this.api.call('POST', this.path('sessions'), { form });
    if (session.actionName === 'authorize') {
      const { profiles } = await this.api.call('GET', this.path('profiles', session.mvpd));
      return this.keep(profiles);
    }
    if (this.hello.flow === 'browser' && session.actionName === 'authenticate') {
      const news = await this.open(new URL(session.url, this.hello.base_url).href);
      if (news !== 'reached') {
        pending.over = true;
        event('message', { kind: 'info', text: 'You have not signed in.' });
        return false;
      }
      return this.poll(pending, generation, session, 0);
    }
    event('code_shown', { code: session.code });
    return this.poll(pending, generation, session, POLL_EVERY);
  }

  /** Asks for the profile of a code until it is there, the code has ended, or a newer one was asked for. */
  async poll(pending, generation, session, firstAfter) {
    const deadline = Number(session.notAfter);
    for (let wait = firstAfter; ; wait = POLL_EVERY) {
      await this.pause(pending, Math.min(wait, Math.max(0, deadline - this.clock.now())));
      if (pending.over || pending.generation !== generation || this.clock.now() >= deadline) return false;
      try {
        const { profiles } = await this.api.call('GET', this.path('profiles', 'code', session.code));
        if (pending.generation === generation && Object.keys(profiles).length > 0) return this.keep(profiles);
      } catch (failure) {
        if (failure.code === 'invalid_authentication_session') return false;
        if (failure.status) throw failure;
      }
    }
  }

  /** Sleeps, unless a new code is asked for meanwhile. */
  pause(pending, ms) {
    return Promise.race([this.clock.sleep(ms), new Promise((wake) => { pending.wake = wake; })]);
  }

  async requestNewCode() {
    if (!this.pending) return;
    this.pending.generation += 1;
    this.pending.wake?.();
  }

  /** Opens a URL in the viewer's browser and waits for what becomes of it. */
  open(url) {
    const news = new Promise((resolve) => { this.browser = resolve; });
    event('open_url', { url });
    return news;
  }

  // --- watching ---------------------------------------------------------------------------------

  async browse({ resources }) {
    const texts = {};
    if (!this.offerSignInUnlessSignedIn()) return;
    let wanted = resources.filter((resource) => !this.permitted.has(resource));
    for (let attempt = 0; wanted.length > 0; attempt += 1) {
      const again = [];
      for (let from = 0; from < wanted.length; from += 5) {
        const decisions = await this.decide('preauthorize', wanted.slice(from, from + 5));
        for (const { resource, authorized, error } of decisions) {
          if (authorized) this.permitted.add(resource);
          else if (error?.action === 'retry' && attempt < 2) again.push(resource);
          else texts[resource] = error?.details ?? error?.message ?? 'Not available';
        }
      }
      wanted = again;
      if (wanted.length > 0) await this.clock.sleep(RETRY_GAPS[attempt]);
    }
    const available = resources.filter((resource) => this.permitted.has(resource));
    event('catalogue', { available, locked: resources.filter((one) => !this.permitted.has(one)), texts });
  }

  async play({ resource }) {
    clearTimeout(this.trialEnds);
    // A trial is for who is not signed in: it needs no session, only the decision.
    const trial = this.isSignedIn() ? null : this.hello.temp_pass;
    if (!trial && !this.offerSignInUnlessSignedIn()) {
      event('refused', { resource, message: 'Please sign in first.' });
      return;
    }
    for (let attempt = 0; ; attempt += 1) {
      const [decision] = await this.decide('authorize', [resource], trial);
      if (decision?.authorized) {
        this.playing = resource;
        event('playing', { resource });
        if (trial) await this.watchTrial(trial);
        return;
      }
      const error = decision?.error;
      if (error?.action !== 'retry' || attempt === 2) {
        event('refused', { resource, message: error?.details ?? error?.message ?? 'Not available' });
        if (error?.action === 'authentication') this.offerSignIn();
        return;
      }
      await this.clock.sleep(RETRY_GAPS[attempt]);
    }
  }

  async decide(kind, resources, trial = null) {
    const path = this.path('decisions', kind, trial?.mvpd ?? this.profile.mvpd);
    const { decisions } = await this.api.call('POST', path, { json: { resources }, more: this.identity(trial) });
    return decisions;
  }

  /** Who the viewer says they are, where that is what a trial goes by. */
  identity(trial) {
    return trial?.identity ? { 'AP-TempPass-Identity': Buffer.from(trial.identity).toString('base64') } : {};
  }

  /** Nobody but the app can stop what plays already. */
  async watchTrial(trial) {
    try {
      const { profiles } = await this.api.call('GET', this.path('profiles', trial.mvpd), { more: this.identity(trial) });
      const { notAfter } = profiles[trial.mvpd];
      this.trialEnds = setTimeout(() => {
        this.stop('ended');
        this.offerSignIn();
      }, (notAfter - this.clock.now()) / this.clock.speed);
    } catch {
      // This was its last item, which may be watched to its end.
    }
  }

  offerSignInUnlessSignedIn() {
    if (this.isSignedIn()) return true;
    this.offerSignIn();
    return false;
  }

  offerSignIn() {
    event('message', { kind: 'sign_in_offered', text: 'Please sign in with your TV provider.' });
  }

  stop(reason = 'user') {
    clearTimeout(this.trialEnds);
    if (this.playing) event('stopped', { resource: this.playing, reason });
    this.playing = null;
  }

  // --- signing out ------------------------------------------------------------------------------

  async signOut() {
    const mvpd = this.profile?.mvpd ?? this.storage.data.mvpd;
    if (!mvpd) return;
    const query = new URLSearchParams({ redirectUrl: this.hello.redirect_url });
    const { logouts } = await this.api.call('GET', `${this.path('logout', mvpd)}?${query}`);
    this.profile = null;
    this.permitted.clear();
    for (const { actionName, url } of Object.values(logouts)) {
      if (actionName === 'logout' && url) await this.open(new URL(url, this.hello.base_url).href);
      if (actionName === 'partner_logout') {
        event('message', { kind: 'partner_settings', text: "Please sign out in your device's settings, too." });
      }
    }
    event('signed_out', { mvpd });
  }

  // --- the viewer's actions ---------------------------------------------------------------------

  async act({ id, action, ...fields }) {
    const actions = {
      launch: () => this.launch(),
      sign_in: () => this.signIn(fields),
      switch_provider: () => this.authenticate(fields.mvpd),
      browse: () => this.browse(fields),
      play: () => this.play(fields),
      stop: () => this.stop(),
      request_new_code: () => this.requestNewCode(),
      foreground: () => this.foreground(),
      sign_out: () => this.signOut(),
      quit: () => {},
    };
    if (!Object.hasOwn(actions, action)) {
      say({ type: 'unsupported', id });
      return;
    }
    try {
      await actions[action]();
      say({ type: 'done', id });
    } catch (failure) {
      if (failure.action === 'authentication') {
        this.profile = null;
        this.offerSignIn();
      } else {
        event('message', { kind: 'error', text: failure.text ?? failure.message });
      }
      if (action === 'play') event('refused', { resource: fields.resource, message: failure.text ?? failure.message });
      say({ type: 'done', id, error: failure.message });
    }
    if (action === 'quit') process.exit(0);
  }
}

let app = null;
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const message = JSON.parse(line);
    if (message.type === 'hello') {
      app = new App(message);
      const capabilities = [
        'browser', 'second_screen', 'picker', 'preauthorize', 'temp_pass', 'degradation', 'service_token', 'platform_sso', 'clock_speed',
      ];
      say({ type: 'ready', protocol: 1, client: 'node-example', version: '1.0.0', capabilities });
    } else if (message.type === 'do') {
      app.act(message);
    } else if (message.type === 'browser') {
      app.browser?.(message.event);
    }
  })
  .on('close', () => process.exit(0));
