import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { z } from 'zod';
import { LedgerError } from '../returns/failure';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { NodeMessage, NodeRed, SendValue } from '../runtime/node-red';
import { offerSandbox, withdrawSandbox } from '../runtime/sandbox-link';
import { createD365Simulator, type D365Simulator } from './d365/d365-simulator';
import {
  createHappyReturnsSimulator,
  type Deliver,
  type HappyReturnsSimulator,
} from './happy-returns/happy-returns-simulator';
import { readSandboxCommand, type SandboxCommand } from './sandbox-commands';
import { startSandboxServer, type SandboxServer } from './sandbox-server';
import { createWorld } from './world';

const configSchema = z.object({
  name: z.string().default(''),
  /** Where the simulated platform sends its webhooks: a path of this Node-RED. */
  path: z.string().default('/returns/happy-returns'),
  brand: z.string().trim().min(1).default('acme-shoes'),
  company: z.string().trim().min(1).default('usrt'),
  seed: z.coerce.number().int().default(1),
  count: z.coerce.number().int().min(1).max(10_000).default(25),
  duplicates: z.coerce.number().min(0).max(100).default(0),
  reorder: z.coerce.number().int().min(1).max(1000).default(1),
  latencyMs: z.coerce.number().min(0).max(60_000).default(0),
  dropShare: z.coerce.number().min(0).max(100).default(0),
});

type SandboxConfig = z.infer<typeof configSchema>;

interface Sandbox {
  server: SandboxServer;
  d365: D365Simulator;
  happyReturns: HappyReturnsSimulator;
}

/** The simulated vendors inside Node-RED, on a loopback port: to rehearse a flow without any account. */
function start(node: NodeContext<SandboxConfig>): NodeBehaviour {
  const { config, status } = node;
  const opening = open(node);
  status.busy('starting');
  opening.then(
    () => status.ok('ready'),
    (thrown: unknown) => {
      status.failed('could not start');
      node.fail(thrown);
    },
  );

  const send = async (sandbox: Sandbox, count: number): Promise<Record<string, unknown>[]> => {
    const { happyReturns } = sandbox;
    const { planned, posts } = happyReturns.plan(count);
    status.busy(`sending ${posts.length} webhooks`);
    const before = happyReturns.observer.acknowledged();
    await happyReturns.send(posts, deliverTo(node));
    const acknowledged = happyReturns.observer.acknowledged() - before;
    status.ok(`${planned.length} returns sent`);
    if (acknowledged === 0) {
      throw new LedgerError({
        code: 'sandbox-not-received',
        class: 'config',
        message: `No webhook was accepted at ${config.path}: is a Happy Returns In node with this path and a sandbox account deployed?`,
      });
    }
    return planned.map((simulated) => ({ ...simulated }));
  };

  const obey = async (command: SandboxCommand, sandbox: Sandbox): Promise<unknown> => {
    switch (command.command) {
      case 'send':
        return send(sandbox, command.count ?? config.count);
      case 'ledger':
        return sandbox.d365.observer.returnOrders();
      case 'dials':
        Object.assign(sandbox.d365.dials, command.d365);
        Object.assign(sandbox.happyReturns.dials, command.happyReturns);
        return { d365: { ...sandbox.d365.dials }, happyReturns: { ...sandbox.happyReturns.dials } };
      case 'unblock':
        sandbox.d365.change('ProductDefaultOrderSettings', (row) => row['ItemNumber'] === command.sku, {
          IsSalesProcessingStopped: 'No',
        });
        return { sku: command.sku, blocked: false };
    }
  };

  return {
    input: async (message: NodeMessage, reply: (message: SendValue) => void) => {
      const command = readSandboxCommand(message['command'], message['payload']);
      message['payload'] = await obey(command, await opening);
      reply(message);
    },
    close: async () => {
      withdrawSandbox(node.id);
      await opening.then(
        (sandbox) => sandbox.server.close(),
        () => undefined,
      );
    },
  };
}

async function open(node: NodeContext<SandboxConfig>): Promise<Sandbox> {
  const { config } = node;
  const world = createWorld({ seed: config.seed, brand: config.brand, company: config.company });
  const secret = (): string => randomBytes(24).toString('hex');
  const d365Account = {
    tenant: 'sandbox-tenant',
    clientId: 'sandbox-client',
    clientSecret: secret(),
    company: config.company,
  };
  const hrAccount = { webhookSecret: secret(), apiKey: secret() };
  const d365 = createD365Simulator({ world, ...d365Account, seed: config.seed });
  const happyReturns = createHappyReturnsSimulator({
    world,
    secret: hrAccount.webhookSecret,
    apiKey: hrAccount.apiKey,
    seed: config.seed,
  });
  d365.dials.latencyMs = config.latencyMs;
  d365.dials.dropAfterCommitShare = config.dropShare / 100;
  happyReturns.dials.duplicateShare = config.duplicates / 100;
  happyReturns.dials.reorderWindow = config.reorder;
  const server = await startSandboxServer([d365, happyReturns]);
  offerSandbox(node.id, 'd365', { baseUrl: server.baseUrl('d365'), account: d365Account });
  offerSandbox(node.id, 'happy-returns', { baseUrl: server.baseUrl('happy-returns'), account: hrAccount });
  return { server, d365, happyReturns };
}

/** Sends to this Node-RED's own webhook path, over loopback, as the platform would over the internet. */
function deliverTo(node: NodeContext<SandboxConfig>): Deliver {
  const { RED, config } = node;
  const address = RED.server?.address();
  const port = typeof address === 'object' && address !== null ? address.port : (RED.settings.uiPort ?? 1880);
  const host =
    RED.settings.uiHost === undefined || RED.settings.uiHost === '0.0.0.0'
      ? '127.0.0.1'
      : RED.settings.uiHost;
  const root = typeof RED.settings.httpNodeRoot === 'string' ? RED.settings.httpNodeRoot : '/';
  const path = `${root}/${config.path}`.replace(/\/+/g, '/');
  return (body, headers) =>
    new Promise((resolve) => {
      const options = {
        host,
        port,
        path,
        method: 'POST',
        headers: { ...headers, 'content-length': body.length },
      };
      const outgoing = httpRequest(options, (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', () => resolve(0));
      });
      outgoing.on('error', () => resolve(0));
      outgoing.end(body);
    });
}

export default function register(RED: NodeRed): void {
  defineNode(RED, { type: 'returns-sandbox', config: configSchema, start });
}
