import { type Static, Type } from 'typebox';
import { type Page, pageSizeRange } from '../../domain/query-check.ts';

export const paginationSchema = Type.Object(
  {
    page: Type.Integer({ minimum: 1 }),
    page_size: Type.Integer({ minimum: pageSizeRange.min, maximum: pageSizeRange.max }),
    total_count: Type.Integer({ minimum: 0 }),
    total_pages: Type.Integer({ minimum: 0 }),
    has_more: Type.Boolean(),
    cursors: Type.Null({ description: 'Always null; kept for clients that look for it.' }),
  },
  { $id: 'Pagination', additionalProperties: false },
);

export function paginationView({ page, pageSize }: Page, total: number): Static<typeof paginationSchema> {
  const totalPages = Math.ceil(total / pageSize);
  return {
    page,
    page_size: pageSize,
    total_count: total,
    total_pages: totalPages,
    has_more: page < totalPages,
    cursors: null,
  };
}
