/** Packets in, ended sessions out: everything between the file and the caller. */
import { decode, descend } from './decode.js';
import { Defragmenter } from './fragments.js';
import { Frame } from './frame.js';
import { readUnreachable } from './icmp.js';
import type { Packet } from './packet.js';
import { leaveOut } from './report.js';
import { Servers, type Wanted } from './servers.js';
import { TcpHeader } from './tcp-header.js';
import { type TableEvents, TcpTable } from './tcp-table.js';
import type { CaptureReport, Session } from './types.js';
import { UdpHeader, readTunnel } from './udp-header.js';
import { UdpTable } from './udp-table.js';

const MEBIBYTE = 1024 * 1024;

export interface EngineOptions extends Wanted {
  /** Bytes of messages kept of one session; what is longer counts as a gap. Default 64 MiB. */
  readonly maxMessageBytes?: number;
  /** TCP connections, and UDP exchanges, open at a time; beyond it the idlest is ended. Default 100 000. */
  readonly maxOpenSessions?: number;
}

/** Invariant: `ready` holds the sessions that have ended and were asked for, in the order of their end. */
export class Engine {
  ready: Session[] = [];
  readonly #frame = new Frame();
  readonly #tcpHeader = new TcpHeader();
  readonly #udpHeader = new UdpHeader();
  readonly #report: CaptureReport;
  readonly #fragments: Defragmenter;
  readonly #servers: Servers;
  readonly #tcp: TcpTable;
  readonly #udp: UdpTable;
  #nextId = 0;

  constructor(report: CaptureReport, options: EngineOptions) {
    this.#report = report;
    this.#servers = new Servers(options);
    this.#fragments = new Defragmenter((cause) => leaveOut(report, cause));
    const events: TableEvents = {
      ended: (session) => this.#ended(session),
      leftOut: (cause) => leaveOut(report, cause),
      newId: () => this.#nextId++,
    };
    const limits = {
      maxOpen: options.maxOpenSessions ?? 100_000,
      maxMessageBytes: options.maxMessageBytes ?? 64 * MEBIBYTE,
      maxHeldBytes: 4 * MEBIBYTE,
      maxBytes: 512 * MEBIBYTE,
    };
    this.#tcp = new TcpTable(limits, this.#servers, events);
    this.#udp = new UdpTable(limits, this.#servers, events);
  }

  packet(packet: Packet): void {
    const frame = this.#frame;
    let layer = decode(packet, frame, this.#fragments);
    for (;;) {
      switch (layer) {
        case 'tcp':
          if (this.#tcpHeader.read(frame)) this.#tcp.packet(frame, this.#tcpHeader);
          else leaveOut(this.#report, frame.cause);
          return;
        case 'udp': {
          if (!this.#udpHeader.read(frame)) {
            leaveOut(this.#report, frame.cause);
            return;
          }
          const tunnel = readTunnel(frame, this.#udpHeader.destinationPort);
          if (tunnel === undefined) {
            this.#udp.packet(frame, this.#udpHeader);
            return;
          }
          layer = descend(frame, tunnel, this.#fragments);
          break;
        }
        case 'icmp':
        case 'icmp6': {
          const undelivered = readUnreachable(frame, layer === 'icmp' ? 4 : 6);
          if (undelivered === undefined) leaveOut(this.#report, layer === 'icmp' ? 'ICMP' : 'ICMPv6');
          else if (undelivered.transport === 'tcp') {
            this.#tcp.refused(undelivered.client, undelivered.server, frame.time);
          } else this.#udp.refused(undelivered.client, undelivered.server);
          return;
        }
        case 'held':
          return;
        case 'unusable':
          leaveOut(this.#report, frame.cause);
          return;
      }
    }
  }

  /** The capture is over: ends what is open. */
  finish(): void {
    this.#fragments.finish();
    this.#tcp.finish();
    this.#udp.finish();
  }

  /** Hands over the ended sessions. */
  take(): Session[] {
    const taken = this.ready;
    this.ready = [];
    return taken;
  }

  #ended(session: Session): void {
    if (!this.#servers.wants(session.transport, session.server.address, session.server.port)) {
      leaveOut(this.#report, 'sessions with other servers or ports than asked for');
      return;
    }
    this.#report.sessions.set(session.outcome, (this.#report.sessions.get(session.outcome) ?? 0) + 1);
    this.ready.push(session);
  }
}
