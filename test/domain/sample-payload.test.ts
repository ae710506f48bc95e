import { describe, expect, test } from 'vitest';
import { samplePayload } from '../../src/domain/sample-payload.ts';
import { startingCatalogue } from './starting-catalogue.ts';

describe('sample payload', () => {
  test.each(startingCatalogue.map((type) => type.name))(
    '%s has a payload of its family that is plain JSON',
    (name) => {
      const payload = samplePayload(name);
      expect(Object.keys(payload).length).toBeGreaterThan(2);
      expect(JSON.parse(JSON.stringify(payload))).toEqual(payload);
      expect(samplePayload(name)).toEqual(payload);
    },
  );

  test('a message carries its status in upper case', () => {
    expect(samplePayload('message.read')).toMatchObject({ message_status: 'READ', channel: 'sms' });
    expect(samplePayload('messages.read')).toEqual(samplePayload('message.read'));
    expect(samplePayload('message')).toMatchObject({ message_status: 'DELIVERED' });
  });

  test('a received message comes from the contact and carries its text', () => {
    const [sent, received] = [samplePayload('message.sent'), samplePayload('message.received')];
    expect(received).toMatchObject({
      inbound_number: sent.outbound_number,
      outbound_number: sent.inbound_number,
    });
    expect(received).toHaveProperty('text');
    expect(sent).not.toHaveProperty('text');
  });

  test('what failed or was rejected says why', () => {
    expect(samplePayload('message.failed')).toHaveProperty('error.message');
    expect(samplePayload('channel.rejected')).toHaveProperty('reason');
    expect(samplePayload('channel.activated')).not.toHaveProperty('reason');
  });

  test('a contact event names the keyword that caused it', () => {
    expect(samplePayload('contact.opt_out')).toMatchObject({ keyword: 'STOP' });
    expect(samplePayload('contact')).toMatchObject({ keyword: 'START' });
    expect(samplePayload('contact.renamed')).toMatchObject({ keyword: null });
  });

  test('a call has a duration once it is over and a recording once it can be fetched', () => {
    expect(samplePayload('call.initiated')).toMatchObject({ duration_seconds: null, recording_url: null });
    expect(samplePayload('call.completed')).toMatchObject({ duration_seconds: 42, recording_url: null });
    expect(samplePayload('call.recording_ready').recording_url).toMatch(/^https:/);
  });

  test("a family of the operator's own has a plain payload", () => {
    expect(samplePayload('invoice.paid')).toEqual({ id: expect.any(String), status: 'paid' });
    expect(samplePayload('invoice')).toEqual({ id: expect.any(String), status: null });
  });
});
